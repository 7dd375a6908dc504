using System.Buffers.Binary;
using Panorama.Quantization.Formats;
using Panorama.Quantization.Gguf;

namespace Panorama.Quantization.Tests.Gguf;

public sealed class GgufMutationTests(ITestOutputHelper output)
{
    private const int Mutations = 4000;
    private const int Seed = 20_260_103;

    // What opening and reading may allocate: a part for the file handle, the map and an error, and a part for each byte.
    private const long FixedBytes = 16 << 10, BytesPerByte = 24;

    private static readonly ulong[] Extremes = [0, 1, 31, 255, 256, 65536, int.MaxValue, uint.MaxValue, 1UL << 32, 1UL << 61, long.MaxValue, 1UL << 63, ulong.MaxValue];

    [Fact]
    public void A_mutated_file_opens_whole_or_gives_a_typed_error()
    {
        byte[] original = Original();
        var random = new Random(Seed);
        var rules = new Dictionary<GgufRule, int>();
        using var folder = new TemporaryFolder();
        int opened = 0;
        long worst = 0;
        for (int i = 0; i < Mutations; i++)
        {
            byte[] mutant = Mutate(original, random);
            string path = folder.Write("m.gguf", mutant);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var file = GgufFile.Open(path);
                ReadEverything(file);
                opened++;
            }
            catch (GgufException e)
            {
                rules[e.Rule] = rules.GetValueOrDefault(e.Rule) + 1;
            }
            catch (Exception e) when (e is not Xunit.Sdk.IAssertionException)
            {
                Assert.Fail($"seed {Seed}, mutation {i}, {Convert.ToHexString(mutant)}: {e}");
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            worst = Math.Max(worst, allocated);
            Assert.True(allocated <= FixedBytes + (BytesPerByte * mutant.Length), $"seed {Seed}, mutation {i}: {allocated} bytes allocated for a file of {mutant.Length}");
        }

        output.WriteLine($"seed {Seed}: {opened} of {Mutations} opened; at most {worst} bytes allocated for a file of about {original.Length}; {string.Join(", ", rules.OrderByDescending(r => r.Value))}");
        Assert.InRange(opened, 1, Mutations * 3 / 4);
        Assert.True(rules.Count >= 14, "the mutations reach most rules");
    }

    private static byte[] Original()
    {
        using var folder = new TemporaryFolder();
        KeyValuePair<string, GgufValue>[] metadata =
        [
            new("general.architecture", GgufValue.Of("llama")),
            new("general.alignment", GgufValue.Of(64u)),
            new("a.flag", GgufValue.Of(true)),
            new("a.f64", GgufValue.Of(0.5)),
            new("a.i64", GgufValue.Of(-3L)),
            new("tokens", GgufValue.Of(["<unk>", "a", "\u2581b"])),
            new("scores", GgufValue.OfNumbers<float>([0, -1, -2])),
            new("flags", GgufValue.OfNumbers<bool>([true, false])),
        ];
        GgufTensor[] tensors =
        [
            new("m", TensorFormat.Q8_0, 2, 64),
            new("k", TensorFormat.Q4_K, 1, 256),
            new("v", TensorFormat.F32, 8),
            new("h", TensorFormat.F16, 3, 5),
        ];
        var random = new Random(Seed);
        GgufWriter.Write(folder["o.gguf"], metadata, tensors, (tensor, sink) =>
        {
            byte[] bytes = new byte[tensor.ByteCount];
            random.NextBytes(bytes);
            sink(bytes);
        });
        return File.ReadAllBytes(folder["o.gguf"]);
    }

    private static void ReadEverything(GgufFile file)
    {
        foreach ((_, GgufValue value) in file.Metadata)
        {
            _ = value.TryText(out _) | value.TryInteger(out _) | value.TryNumber(out _) | value.TryFlag(out _);
            if (value.TryStrings(out GgufStrings strings))
            {
                foreach (string text in strings)
                {
                    Assert.NotNull(text);
                }
            }

            _ = value.TryNumbers(out float[] _) | value.TryNumbers(out bool[] _);
        }

        // Reading each value would fault if a range left the map.
        Span<float> values = stackalloc float[256];
        foreach (GgufTensor tensor in file.Tensors)
        {
            ReadOnlySpan<byte> bytes = file.Bytes(tensor);
            (int length, int size) = (tensor.Format.BlockLength(), tensor.Format.BlockBytes());
            for (; bytes.Length > 0; bytes = bytes[size..])
            {
                BlockCodec.Dequantize(tensor.Format, bytes[..size], values[..length]);
            }
        }
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        // Most of a file is header here; the few bytes of tensors are hit as well.
        var bytes = new List<byte>(original);
        int changes = random.Next(1, 4);
        for (int c = 0; c < changes && bytes.Count > 8; c++)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(bytes.Count - at, random.Next(1, 12)));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(bytes.Count - at, random.Next(1, 60))));
                    break;
                case 4:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    ReplaceNumber(bytes, random);
                    break;
            }
        }

        return [.. bytes];
    }

    // Lengths, counts, kinds and offsets are 4 or 8 bytes, small, and stand anywhere: one of them becomes an extreme.
    private static void ReplaceNumber(List<byte> bytes, Random random)
    {
        int width = random.Next(2) == 0 ? 4 : 8;
        for (int tries = 0; tries < 50; tries++)
        {
            int at = random.Next(4, bytes.Count);
            if (at + width > bytes.Count || bytes[at] > 64 || bytes.GetRange(at + 2, width - 2).Exists(static b => b != 0))
            {
                continue;
            }

            byte[] number = new byte[8];
            ulong value = random.Next(3) == 0 ? (ulong)random.Next(70) : Extremes[random.Next(Extremes.Length)];
            BinaryPrimitives.WriteUInt64LittleEndian(number, value);
            for (int i = 0; i < width; i++)
            {
                bytes[at + i] = number[i];
            }

            return;
        }
    }
}
