using System.Globalization;

namespace Panorama.Cli.Terminal;

/// <summary>Numbers with units as people read them; the same in every locale.</summary>
internal static class Format
{
    private static readonly string[] ByteUnits = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

    /// <summary>A whole number with thousands separators: <c>135,889</c>.</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Bytes in decimal units with three digits: <c>24.9 MB</c>.</summary>
    public static string Bytes(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (Math.Abs(value) >= 999.5 && unit < ByteUnits.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return $"{(unit == 0 ? Count(bytes) : Significant(value))} {ByteUnits[unit]}";
    }

    /// <summary>Three significant digits, thousands separated: <c>0.0123</c>, <c>1.18</c>, <c>3,600</c>.</summary>
    public static string Significant(double value)
    {
        if (!double.IsFinite(value))
            return value.ToString(CultureInfo.InvariantCulture);
        double size = Math.Abs(value);
        if (size >= 99.95 || size == 0)
            return value.ToString("N0", CultureInfo.InvariantCulture);
        if (size < 1e-4)
            return value.ToString("0.##e0", CultureInfo.InvariantCulture);

        // 0.9996 has the digits of 1.00: the number of decimals is that of the rounded value.
        int decimals = 2 - (int)Math.Floor(Math.Log10(size));
        if (Math.Round(size, decimals) >= Math.Pow(10, 3 - decimals))
            decimals--;
        return value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    /// <summary>A part of a whole: <c>12.3 %</c>.</summary>
    public static string Percent(double fraction) => (fraction * 100).ToString("0.#", CultureInfo.InvariantCulture) + " %";

    /// <summary>A duration in its two largest units: <c>0.42 s</c>, <c>8.2 s</c>, <c>1 min 05 s</c>, <c>2 h 03 min</c>.</summary>
    public static string Duration(TimeSpan time)
    {
        double seconds = Math.Max(0, time.TotalSeconds);
        if (seconds < 9.95)
            return seconds.ToString(seconds < 0.995 ? "0.00" : "0.0", CultureInfo.InvariantCulture) + " s";
        long whole = (long)Math.Round(seconds, MidpointRounding.AwayFromZero);
        return whole switch
        {
            < 60 => $"{whole} s",
            < 3600 => string.Create(CultureInfo.InvariantCulture, $"{whole / 60} min {whole % 60:00} s"),
            < 86_400 => string.Create(CultureInfo.InvariantCulture, $"{whole / 3600} h {whole % 3600 / 60:00} min"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{whole / 86_400} d {whole % 86_400 / 3600:00} h"),
        };
    }
}
