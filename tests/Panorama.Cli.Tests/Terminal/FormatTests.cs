using Panorama.Cli.Terminal;

namespace Panorama.Cli.Tests.Terminal;

public sealed class FormatTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1.00 kB")]
    [InlineData(24_900_000, "24.9 MB")]
    [InlineData(999_999, "1.00 MB")]
    [InlineData(long.MaxValue, "9.22 EB")]
    public void Bytes_have_three_digits(long bytes, string expected) => Assert.Equal(expected, Format.Bytes(bytes));

    [Theory]
    [InlineData(0, "0.00 s")]
    [InlineData(0.42, "0.42 s")]
    [InlineData(8.24, "8.2 s")]
    [InlineData(59.7, "1 min 00 s")]
    [InlineData(65, "1 min 05 s")]
    [InlineData(7380, "2 h 03 min")]
    [InlineData(90_000, "1 d 01 h")]
    public void Durations_have_two_units(double seconds, string expected) => Assert.Equal(expected, Format.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(3600.4, "3,600")]
    [InlineData(99.97, "100")]
    [InlineData(12.34, "12.3")]
    [InlineData(1.1849, "1.18")]
    [InlineData(0.012345, "0.0123")]
    [InlineData(0.9996, "1.00")]
    [InlineData(0.09996, "0.100")]
    [InlineData(9.996, "10.0")]
    [InlineData(0.00001234, "1.23e-5")]
    [InlineData(-2.5, "-2.50")]
    public void Numbers_have_three_significant_digits(double value, string expected) => Assert.Equal(expected, Format.Significant(value));

    [Fact]
    public void Text_cannot_steer_the_terminal()
    {
        Assert.Equal("a[31mb\n\tc", TerminalText.Clean("a\u001b[31mb\n\tc\u009b\u0007"));
        Assert.Equal("ab c…", TerminalText.Shorten("ab\nc defgh", 5));
        Assert.Equal("a…", TerminalText.Shorten("a😀b", 3)); // never half a character
    }
}
