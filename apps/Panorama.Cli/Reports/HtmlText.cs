using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Panorama.Cli.Reports;

/// <summary>Builds markup: literals are markup, inserted values are text and always escaped.</summary>
internal sealed class HtmlText
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly StringBuilder _html = new();

    /// <summary>Appends markup written in this program.</summary>
    /// <param name="markup">An interpolated literal; its holes are escaped unless they are <see cref="HtmlText"/>.</param>
    public HtmlText Add([InterpolatedStringHandlerArgument("")] ref Markup markup)
    {
        _ = markup; // the handler has appended already
        return this;
    }

    /// <summary>Text for use between tags and in quoted attributes. Control characters, which HTML forbids, become U+FFFD.</summary>
    /// <param name="text">Any text.</param>
    public static string Escape(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            clean.Append(Rune.IsControl(rune) && rune.Value is not ('\n' or '\t') ? "\uFFFD" : rune.ToString());
        return Encoder.Encode(clean.ToString());
    }

    /// <inheritdoc/>
    public override string ToString() => _html.ToString();

    /// <summary>What the compiler makes of an interpolated literal.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Markup
    {
        private readonly StringBuilder _html;

        /// <summary>Called by the compiler.</summary>
        /// <param name="literalLength">Characters of the literal parts.</param>
        /// <param name="holes">Number of holes.</param>
        /// <param name="target">Where to append.</param>
        public Markup(int literalLength, int holes, HtmlText target)
        {
            _html = target._html;
            _html.EnsureCapacity(_html.Length + literalLength + (holes * 8));
        }

        /// <summary>Appends markup.</summary>
        /// <param name="literal">A literal of this program.</param>
        public void AppendLiteral(string literal) => _html.Append(literal);

        /// <summary>Appends markup made before.</summary>
        /// <param name="inner">The markup.</param>
        public void AppendFormatted(HtmlText inner) => _html.Append(inner._html);

        /// <summary>Appends escaped text.</summary>
        /// <param name="text">The text.</param>
        public void AppendFormatted(string text) => _html.Append(Escape(text));

        /// <summary>Appends a number as every locale reads it.</summary>
        /// <param name="value">The number.</param>
        /// <param name="format">Its format.</param>
        public void AppendFormatted(double value, string? format = null) => _html.Append(Escape(value.ToString(format, CultureInfo.InvariantCulture)));
    }
}
