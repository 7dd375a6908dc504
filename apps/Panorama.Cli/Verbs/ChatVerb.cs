using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Core.Errors;
using Panorama.Core.Models;
using Panorama.Tokenization.ChatTemplates;

namespace Panorama.Cli.Verbs;

/// <summary><c>panorama chat</c>: a conversation in the terminal, or one question with <c>--message</c>.</summary>
internal static class ChatVerb
{
    private const string Commands = "/new starts over, /adapter DIR changes the adapter (/adapter alone: none), /help shows this, /quit or Ctrl-D ends";

    /// <summary>Makes the verb.</summary>
    public static VerbCommand Create()
    {
        Option<string> model = ModelOption.Create();
        Option<int> threads = ModelOption.Threads();
        Option<string?> adapter = ModelOption.Adapter();
        var system = new Option<string?>("--system") { Description = "System message", HelpName = "TEXT" };
        var message = new Option<string?>("--message") { Description = "Ask this one question and end", HelpName = "TEXT" };
        var sampling = new SamplingOptions();
        var verb = new VerbCommand("chat", $"Talk with a model in the terminal. In the chat: {Commands}", (parsed, context) =>
        {
            using LoadedModel loaded = LoadedModel.Open(parsed.GetRequiredValue(model), parsed.GetValue(threads), parsed.GetValue(adapter));
            var chat = new Conversation(loaded, sampling.Read(parsed, loaded.Defaults()), parsed.GetValue(system));
            return Task.FromResult(parsed.GetValue(message) is { } question ? Once(chat, question, context) : Loop(chat, context));
        })
        {
            model,
            adapter,
            system,
            message,
            threads,
        };
        sampling.AddTo(verb);
        return verb;
    }

    private static JsonObject Once(Conversation chat, string question, VerbContext context)
    {
        string answer = chat.Ask(question, Show(context), context.Cancellation);
        Show(context)(Environment.NewLine);
        return new JsonObject { ["text"] = answer };
    }

    private static JsonObject Loop(Conversation chat, VerbContext context)
    {
        bool person = !Console.IsInputRedirected && !context.Json;
        if (person)
        {
            context.Console.Info($"Ask something. {Commands}.");
        }

        int turns = 0;
        while (!context.Cancellation.IsCancellationRequested)
        {
            if (person)
            {
                context.Console.Write("> ");
            }

            string? line = ReadLine(context.Cancellation);
            if (line is null or "/quit" or "/exit")
            {
                break;
            }

            if (line == "/new")
            {
                chat.Restart();
                continue;
            }

            if (line == "/adapter" || line.StartsWith("/adapter ", StringComparison.Ordinal))
            {
                TryUse(chat, line["/adapter".Length..].Trim(), context);
                continue;
            }

            if (line.StartsWith('/') && !line.Contains(' ', StringComparison.Ordinal))
            {
                context.Console.Info(line == "/help" ? $"{Commands}." : $"There is no command {line}. {Commands}.");
            }
            else if (line.Length > 0)
            {
                turns += TryAsk(chat, line, context) ? 1 : 0;
            }
        }

        return new JsonObject { ["turns"] = turns };
    }

    // Reading a line cannot be cancelled, but waiting for it can.
    private static string? ReadLine(CancellationToken cancellation) =>
        Task.Run(Console.In.ReadLine, CancellationToken.None).WaitAsync(cancellation).GetAwaiter().GetResult();

    private static void TryUse(Conversation chat, string adapter, VerbContext context)
    {
        try
        {
            chat.Use(adapter.Length > 0 ? adapter : null);
        }
        catch (InputException wrong)
        {
            context.Console.Warn(wrong.Message);
        }
    }

    private static bool TryAsk(Conversation chat, string line, VerbContext context)
    {
        try
        {
            chat.Ask(line, Show(context), context.Cancellation);
            Show(context)(Environment.NewLine);
            return true;
        }
        catch (InputException tooLong)
        {
            context.Console.Warn(tooLong.Message);
            chat.ForgetQuestion();
            return false;
        }
    }

    private static Action<string> Show(VerbContext context) => context.Json ? _ => { } : context.Console.Write;

    /// <summary>The messages so far. The oldest are forgotten when the context is full; the user is told.</summary>
    private sealed class Conversation(LoadedModel loaded, GenerationOptions options, string? system)
    {
        private readonly ChatTemplate _template = loaded.ChatTemplate();
        private List<ChatMessage> _messages = Start(system);

        public void Restart() => _messages = Start(system);

        public void Use(string? adapter)
        {
            loaded.Use(adapter);
            Restart();
        }

        public void ForgetQuestion() => _messages.RemoveAt(_messages.Count - 1);

        public string Ask(string question, Action<string> show, CancellationToken cancellation)
        {
            _messages.Add(new ChatMessage(ChatMessage.User, question));
            int[] prompt = Fit(show);
            var answer = new StringBuilder();
            foreach (GeneratedPiece piece in loaded.Generator.Generate(prompt, options, cancellation))
            {
                answer.Append(piece.Text);
                show(piece.Text);
            }

            _messages.Add(new ChatMessage(ChatMessage.Assistant, answer.ToString()));
            return answer.ToString();
        }

        private static List<ChatMessage> Start(string? system) => system is null ? [] : [new ChatMessage(ChatMessage.System, system)];

        // A quarter of the context is kept for the answer.
        private int[] Fit(Action<string> show)
        {
            int room = loaded.Model.ContextLength * 3 / 4;
            int first = _messages[0].Role == ChatMessage.System ? 1 : 0;
            while (true)
            {
                int[] ids = _template.Encode(loaded.Tokenizer, _messages, addGenerationPrompt: true);
                if (ids.Length <= room || _messages.Count - first <= 1)
                {
                    return ids;
                }

                _messages.RemoveRange(first, Math.Min(2, _messages.Count - first - 1));
                show($"[the context of {loaded.Model.ContextLength} tokens is full: the oldest turn is forgotten]{Environment.NewLine}");
            }
        }
    }
}
