using System.Buffers.Binary;
using System.Text;
using Panorama.Core.Safetensors;

namespace Panorama.Core.Tests.Safetensors;

public sealed class SafetensorsMutationTests(ITestOutputHelper output)
{
    private const int Mutations = 4000;
    private const int Seed = 20_260_101;

    // What opening and reading may allocate: a part for the file handle, the map and an error, and a part for each byte.
    private const long FixedBytes = 32 << 10, BytesPerByte = 24;

    private const string Header =
        """{"__metadata__":{"format":"pt"},"w.0":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"w.1":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]},"e":{"dtype":"U8","shape":[0],"data_offsets":[32,32]}}""";

    private static readonly string[] Tokens =
        ["{", "}", "[", "]", ",", ":", "\"", "-1", "0", "9223372036854775807", "1e400", "\"dtype\"", "\"F64\"", "\"\\ud800\"", "null", "\0", "\u00FF", " ", "\n"];

    [Fact]
    public void AMutatedFileOpensWholeOrGivesATypedError()
    {
        var random = new Random(Seed);
        var rules = new Dictionary<SafetensorsRule, int>();
        using var folder = new TemporaryFolder();
        int opened = 0;
        long worst = 0;
        for (int i = 0; i < Mutations; i++)
        {
            byte[] mutant = Mutate(random);
            string path = folder.Write("m", mutant);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var file = SafetensorsFile.Open(path);
                ReadEverything(file, mutant.Length);
                opened++;
            }
            catch (SafetensorsException e)
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

        output.WriteLine($"seed {Seed}: {opened} of {Mutations} opened; at most {worst} bytes allocated; {string.Join(", ", rules.OrderByDescending(r => r.Value))}");
        Assert.InRange(opened, 1, Mutations / 2);
        Assert.True(rules.Count >= 12, "the mutations reach most rules");
    }

    private static void ReadEverything(SafetensorsFile file, int fileBytes)
    {
        long sum = 0;
        foreach (TensorInfo tensor in file.Tensors)
        {
            sum += tensor.ByteCount;
            foreach (byte _ in file.Bytes(tensor))
            {
                // Touching each byte would fault if a range left the map.
            }
        }

        Assert.InRange(sum, 0, fileBytes);
    }

    private static byte[] Mutate(Random random)
    {
        var bytes = new List<byte>(RawFile.Of(Header, 32));
        int lengthBefore = bytes.Count;
        int changes = random.Next(1, 4);
        for (int c = 0; c < changes; c++)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(bytes.Count - at, random.Next(1, 12)));
                    break;
                case 2:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Tokens[random.Next(Tokens.Length)]));
                    break;
                case 3:
                    // A digit becomes another: shapes and offsets that are well formed but wrong.
                    int digit = bytes.FindIndex(at, b => b is >= (byte)'0' and <= (byte)'9');
                    bytes[Math.Max(digit, 0)] = (byte)('0' + random.Next(10));
                    break;
                case 4:
                    int length = Math.Min(bytes.Count - at, random.Next(1, 60));
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                default:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }

            if (bytes.Count == 0)
            {
                break;
            }
        }

        byte[] mutant = [.. bytes];
        if (mutant.Length >= 8 && random.Next(3) > 0)
        {
            // Mends the header's length, so that the JSON rules are reached and not the frame's alone.
            long shift = mutant.Length - lengthBefore;
            BinaryPrimitives.WriteInt64LittleEndian(mutant, Encoding.UTF8.GetByteCount(Header) + shift);
        }

        return mutant;
    }
}
