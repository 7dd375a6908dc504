namespace Panorama.Inference.Kernels;

/// <summary>
/// A vector register seen as 32-bit lanes, one output of a matrix each: four 8-bit codes, an integer or a single. Kernels
/// are written once over this; each instruction set is one struct. A lane's results do not depend on the register's width.
/// </summary>
/// <typeparam name="TSelf">The implementing struct.</typeparam>
internal unsafe interface ILanes<TSelf>
    where TSelf : struct, ILanes<TSelf>
{
    /// <summary>Whether this processor has the instructions.</summary>
    static abstract bool IsSupported { get; }

    /// <summary>Lanes: the outputs of a tile.</summary>
    static abstract int Count { get; }

    /// <summary>Whether <see cref="AddProducts"/> takes codes up to 255 any number of times; else up to 15, eight times.</summary>
    static abstract bool TakesBytes { get; }

    /// <summary>All bits zero.</summary>
    static abstract TSelf Zero { get; }

    /// <summary>Loads 4 · Count bytes.</summary>
    static abstract TSelf Load(byte* from);

    /// <summary>The same 4 activations in every lane.</summary>
    static abstract TSelf Broadcast(sbyte* fourActivations);

    /// <summary>Bits 0 to 3 of every byte.</summary>
    static abstract TSelf LowNibbles(TSelf codes);

    /// <summary>Bits 4 to 7 of every byte.</summary>
    static abstract TSelf HighNibbles(TSelf codes);

    /// <summary>Adds the products of unsigned codes and signed activations to partial sums, which <see cref="Total"/> completes.</summary>
    static abstract TSelf AddProducts(TSelf sums, TSelf codes, TSelf activations);

    /// <summary>Partial sums as one integer a lane.</summary>
    static abstract TSelf Total(TSelf sums);

    /// <summary>Integers: a + 16 · b.</summary>
    static abstract TSelf AddSixteenfold(TSelf a, TSelf b);

    /// <summary>Integers: adds one to all lanes.</summary>
    static abstract TSelf Add(TSelf a, int b);

    /// <summary>Integers: a · b + c.</summary>
    static abstract TSelf MultiplyAddIntegers(TSelf a, TSelf b, TSelf c);

    /// <summary>Integers to singles.</summary>
    static abstract TSelf ToSingle(TSelf integers);

    /// <summary>Count halves as singles times 2^−112: exact for all finite ones, at the price of two instructions.</summary>
    static abstract TSelf LoadHalves(byte* from);

    /// <summary>Count upper halves of singles.</summary>
    static abstract TSelf LoadBFloat16(byte* from);

    /// <summary>Count bytes as integers 0 to 255.</summary>
    static abstract TSelf LoadBytes(byte* from);

    /// <summary>Count signed bytes as integers.</summary>
    static abstract TSelf LoadSignedBytes(byte* from);

    /// <summary>Singles: the same in every lane.</summary>
    static abstract TSelf Broadcast(float value);

    /// <summary>Singles: a · b.</summary>
    static abstract TSelf Multiply(TSelf a, TSelf b);

    /// <summary>Singles: a · b + c, rounded once.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>Stores 4 · Count bytes.</summary>
    static abstract void Store(TSelf value, float* to);

    /// <summary>Asks for the cache line of an address that will be read soon.</summary>
    static abstract void Prefetch(byte* address);
}
