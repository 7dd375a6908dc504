using System.Diagnostics;
using System.Globalization;
using System.Text;
using Panorama.Tokenization;
using Panorama.Tokenization.Benchmarks;
using Panorama.Tokenization.PreTokenizers;
using Panorama.Tokenization.Training;

// dotnet run -c Release --project benchmarks/Panorama.Tokenization.Benchmarks -- train [MB] [vocabulary size] [threads]
// dotnet run -c Release --project benchmarks/Panorama.Tokenization.Benchmarks -- encode [tokenizer.json]
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
switch (args)
{
    case ["train", ..]: Train(Number(1, 100), Number(2, 32_768), Number(3, Environment.ProcessorCount)); return 0;
    case ["encode", ..]: Encode(args.Length > 1 ? args[1] : null); return 0;
    default: Console.Error.WriteLine("usage: train [MB] [vocabulary size] [threads] | encode [tokenizer.json]"); return 2;
}

int Number(int index, int otherwise) => args.Length > index ? int.Parse(args[index], CultureInfo.InvariantCulture) : otherwise;

static void Train(int megabytes, int vocabulary, int threads)
{
    List<string> texts = BenchmarkText.English((long)megabytes << 20);
    double bytes = texts.Sum(static t => (long)Encoding.UTF8.GetByteCount(t));
    Console.WriteLine($"text: {bytes / 1e6:F1} MB in {texts.Count} documents, process {Process.GetCurrentProcess().WorkingSet64 / 1e6:F0} MB with the text in memory");
    var clock = Stopwatch.StartNew();
    double counted = 0;
    var progress = new ProgressTo(p => counted = p.Phase == TokenizerTrainingPhase.CountingWords ? clock.Elapsed.TotalSeconds : counted);
    Tokenizer tokenizer = BpeTrainer.Train(texts, new BpeTrainerOptions { VocabularySize = vocabulary, Threads = threads }, progress);
    double seconds = clock.Elapsed.TotalSeconds;
    Console.WriteLine($"trained {tokenizer.VocabularySize} tokens in {seconds:F1} s ({counted:F1} s until the last block of words), {threads} threads, {bytes / 1e6 / seconds:F1} MB/s, peak {Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:F0} MB");
    foreach (SplitPattern pattern in Enum.GetValues<SplitPattern>())
    {
        Tokenizer other = pattern == SplitPattern.Llama3 ? tokenizer : BpeTrainer.Train(texts, new BpeTrainerOptions { VocabularySize = vocabulary, PreTokenizer = pattern });
        long tokens = texts.Take(40).Sum(t => (long)other.Encode(t).Length);
        Console.WriteLine($"{pattern}: {texts.Take(40).Sum(static t => (long)Encoding.UTF8.GetByteCount(t)) / (double)tokens:F3} bytes a token");
    }
}

static void Encode(string? path)
{
    List<string> texts = BenchmarkText.English(20L << 20);
    Tokenizer tokenizer = path is null ? BpeTrainer.Train(texts, new BpeTrainerOptions()) : Tokenizer.Load(path);
    Measure("English", tokenizer, Encoding.UTF8.GetBytes(string.Concat(texts)));
    Measure("Chinese", tokenizer, Encoding.UTF8.GetBytes(BenchmarkText.Chinese(4 << 20)));
    Measure("one word of 1 MB, aaaa", tokenizer, Encoding.UTF8.GetBytes(new string('a', 1 << 20)));
    Measure("one word of 1 MB, random letters", tokenizer, Encoding.UTF8.GetBytes(string.Create(1 << 20, 0, static (s, _) => new Random(1).GetItems("etaoinshrdlu", s))));
}

static void Measure(string name, Tokenizer tokenizer, byte[] text)
{
    var seconds = new double[5];
    var ids = new List<int>();
    for (int i = 0; i < seconds.Length; i++)
    {
        ids.Clear();
        var clock = Stopwatch.StartNew();
        tokenizer.Encode(text, ids);
        seconds[i] = clock.Elapsed.TotalSeconds;
    }

    Array.Sort(seconds);
    Console.WriteLine($"{name}: {text.Length / 1e6:F1} MB, median {seconds[2]:F3} s, {text.Length / 1e6 / seconds[2]:F1} MB/s, {text.Length / (double)ids.Count:F2} bytes a token, one thread");
}
