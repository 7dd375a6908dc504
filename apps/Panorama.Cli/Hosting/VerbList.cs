using System.CommandLine;
using Panorama.Cli.Verbs;

namespace Panorama.Cli.Hosting;

/// <summary>All verbs of the program, in the order of the stages.</summary>
internal static class VerbList
{
    /// <summary>The root of the command line.</summary>
    public static RootCommand Root()
    {
        var root = new RootCommand("Panorama: the whole stack of a large language model, from raw text to a chat with your own model.")
        {
            SharedOptions.Json,
            SharedOptions.Debug,
            DemoVerb.Create(),
            DataVerb.Create(),
            TokenizerVerb.Create(),
            PretrainVerb.Create(),
            FinetuneVerb.Create(),
            MergeVerb.Create(),
            ConvertVerb.Create(),
            QuantizeVerb.Create(),
            EvaluateVerb.Create(),
            GenerateVerb.Create(),
            ChatVerb.Create(),
            BenchVerb.Create(),
            EnvVerb.Create(),
        };
        return root;
    }
}
