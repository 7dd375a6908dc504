using System.Globalization;

namespace Panorama.Core.Errors;

/// <summary>Checks of settings at the moment they are made.</summary>
public static class Require
{
    /// <summary>Returns <paramref name="value"/> when <paramref name="holds"/>.</summary>
    /// <param name="holds">Whether the value is allowed.</param>
    /// <param name="value">The value found.</param>
    /// <param name="name">The setting, as the user writes it.</param>
    /// <param name="allowed">What is allowed.</param>
    /// <exception cref="InputException">The value is not allowed; the message names setting, value and what is allowed.</exception>
    public static T That<T>(bool holds, T value, string name, string allowed) => holds
        ? value
        : throw new InputException(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; allowed: {allowed}."));
}
