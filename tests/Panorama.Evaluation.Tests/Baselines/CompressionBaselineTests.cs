using System.Diagnostics;
using System.Text;
using Panorama.Evaluation.Baselines;

namespace Panorama.Evaluation.Tests.Baselines;

public sealed class CompressionBaselineTests
{
    [Fact]
    public void Text_seen_in_training_costs_almost_nothing()
    {
        string text = Noise(20_000, seed: 1);
        CompressionResult seen = CompressionBaseline.Measure([Noise(50_000, seed: 2), text, Noise(50_000, seed: 3)], [text]);
        CompressionResult unseen = CompressionBaseline.Measure([Noise(50_000, seed: 2)], [text]);
        Assert.InRange(seen.BitsPerByte, 0, 0.1);

        // Random letters of 16: 4 bits each; LZMA's adaptive literals come within a few percent.
        Assert.InRange(unseen.BitsPerByte, 3.95, 4.6);
    }

    [Fact]
    public void Training_text_far_behind_is_still_in_reach()
    {
        // 5 MiB back, in text that compresses fast; a dictionary of 4 MiB would have forgotten it.
        string text = Noise(20_000, seed: 1);
        IEnumerable<string> training = [text, .. Enumerable.Repeat(Noise(65_535, seed: 2), 80)];
        Assert.InRange(CompressionBaseline.Measure(training, [text]).BitsPerByte, 0, 0.2);
    }

    [Fact]
    public void The_size_is_divided_by_the_document_bytes_in_utf8()
    {
        CompressionResult result = CompressionBaseline.Measure(["x"], ["漢字", "", "ab"]);
        Assert.Equal(8, result.HeldOutBytes);
        Assert.Equal(1, result.PrimingBytes);
        Assert.False(result.PrimingCapped || result.HeldOutCapped);
    }

    [Fact]
    public void The_limits_hold_and_are_reported()
    {
        int read = 0;
        var options = new CompressionOptions { MaxPrimingBytes = 1000, MaxHeldOutBytes = 100 };
        CompressionResult result = CompressionBaseline.Measure(Endless(), ["é" + Noise(500, 1)], options);
        Assert.InRange(result.PrimingBytes, 900, 1000);
        Assert.Equal(100, result.HeldOutBytes);
        Assert.True(result.PrimingCapped && result.HeldOutCapped);
        Assert.InRange(read, 20, 23);

        IEnumerable<string> Endless()
        {
            while (true)
            {
                read++;
                yield return Noise(47, read);
            }
        }
    }

    [Fact]
    public void A_cut_never_splits_a_character()
    {
        for (int limit = 1; limit <= 12; limit++)
        {
            JoinedText text = JoinedText.Read(["é漢😀x"], limit, CancellationToken.None);
            string whole = Encoding.UTF8.GetString(text.Bytes.Span).TrimEnd('\n');
            Assert.StartsWith(whole, "é漢😀x", StringComparison.Ordinal);
            Assert.Equal(limit < 10, text.Capped);
            Assert.Equal(Encoding.UTF8.GetByteCount(whole), text.DocumentBytes);
        }
    }

    [Fact]
    public void Nothing_held_out_is_an_input_error()
    {
        Assert.Throws<InputException>(() => CompressionBaseline.Measure(["x"], []));
        Assert.Throws<InputException>(() => CompressionBaseline.Measure(["x"], [""]));
    }

    [Fact]
    public void It_can_be_stopped_while_it_compresses_and_tells_how_far_it_is()
    {
        using var source = new CancellationTokenSource();
        var progress = new Recorder(share =>
        {
            if (share > 0.1)
            {
                source.Cancel();
            }
        });
        Assert.Throws<OperationCanceledException>(() =>
            CompressionBaseline.Measure([Noise(1_000_000, 1)], ["x"], progress: progress, cancellation: source.Token));
        Assert.InRange(progress.Last, 0.1, 0.2);
    }

    [Fact]
    public void The_last_report_is_the_whole()
    {
        var progress = new Recorder(_ => { });
        CompressionBaseline.Measure([Noise(200_000, 1)], [Noise(70_000, 2)], progress: progress);
        Assert.Equal(1.0, progress.Last);
    }

    [Fact]
    public void It_agrees_with_xz()
    {
        string? xz = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(d => Path.Combine(d, "xz")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(xz is null, "xz is not installed (package xz-utils)");
        string train = Sentences(30_000, seed: 1), test = Sentences(5_000, seed: 2);
        double expected = (Xz(xz, train + "\n" + test + "\n") - Xz(xz, train + "\n")) * 8.0 / test.Length;

        // Measured within 0.1 % on 16 MB; on so little, the container's rounding and single choices of the parser weigh more.
        Assert.Equal(expected, CompressionBaseline.Measure([train], [test]).BitsPerByte, 0.02 * expected);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    [InlineData((1 << 17) + 1)] // the last slice is too short to let the encoder code anything
    public void One_run_reads_what_two_runs_would_measure(int primingBytes)
    {
        byte[] first = Encoding.UTF8.GetBytes(Sentences(40_000, seed: 1))[..primingBytes], second = Encoding.UTF8.GetBytes(Sentences(60_000, seed: 2));
        long oneRun = Size(PrimedPass.LongText), twoRuns = Size(PrimedPass.LongText - 1);
        Assert.Equal(twoRuns, oneRun, 0.001 * twoRuns);

        long Size(int length) => new PrimedPass(first, second.AsMemory(0, length), null, CancellationToken.None).HeldOutSize();
    }

    private static long Xz(string xz, string text)
    {
        var start = new ProcessStartInfo(xz, ["-9e", "-c"]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        using var output = new MemoryStream();
        Task reading = process.StandardOutput.BaseStream.CopyToAsync(output, TestContext.Current.CancellationToken);
        process.StandardInput.BaseStream.Write(Encoding.UTF8.GetBytes(text));
        process.StandardInput.Close();
        reading.GetAwaiter().GetResult();
        process.WaitForExit();
        return output.Length;
    }

    private static string Noise(int length, int seed)
    {
        var random = new Random(seed);
        return string.Create(length, random, (span, r) => r.GetItems("abcdefghijklmnop", span));
    }

    private static string Sentences(int words, int seed)
    {
        var random = new Random(seed);
        string[] vocabulary = [.. Enumerable.Range(0, 2000).Select(i => Noise(2 + (i % 9), i))];
        return string.Join(' ', Enumerable.Range(0, words).Select(_ => vocabulary[(int)(2000 * Math.Pow(random.NextDouble(), 3))]));
    }

    private sealed class Recorder(Action<double> act) : IProgress<double>
    {
        public double Last { get; private set; }

        public void Report(double value)
        {
            Last = value;
            act(value);
        }
    }
}
