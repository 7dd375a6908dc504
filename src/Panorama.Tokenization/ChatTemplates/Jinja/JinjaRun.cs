using System.Globalization;

namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>What one rendering has used up, and where it is: errors name the place.</summary>
/// <param name="source">The template's text.</param>
/// <param name="limits">What it may use up.</param>
/// <param name="now">The time for <c>strftime_now</c>.</param>
internal sealed class JinjaRun(JinjaSource source, JinjaLimits limits, DateTimeOffset now)
{
    private long _steps;
    private int _depth;

    /// <summary>What the rendering may use up.</summary>
    public JinjaLimits Limits { get; } = limits;

    /// <summary>The time.</summary>
    public DateTimeOffset Now { get; } = now;

    /// <summary>Where in the template the rendering is.</summary>
    public int Position { get; set; }

    /// <summary>Counts work.</summary>
    public void Charge(long steps = 1)
    {
        _steps += steps;
        if (_steps > Limits.Steps)
            throw Fail(string.Create(CultureInfo.InvariantCulture, $"the chat takes more than {Limits.Steps:N0} steps to render; shorten it, or use a template that does less"));
    }

    /// <summary>Counts text that is made, and bounds its length.</summary>
    /// <param name="before">Characters there are.</param>
    /// <param name="added">Characters that come on.</param>
    public void ChargeText(long before, long added)
    {
        if (before + added > Limits.TextLength)
            throw Fail(string.Create(CultureInfo.InvariantCulture, $"a text of more than {Limits.TextLength:N0} characters would be made; shorten the chat"));
        Charge(1 + (added / 8));
    }

    /// <summary>Goes one level deeper.</summary>
    public void Enter()
    {
        if (++_depth > Limits.Depth) throw Fail(string.Create(CultureInfo.InvariantCulture, $"the template nests more than {Limits.Depth} expressions, blocks and macros at once; simplify it"));
    }

    /// <summary>Comes back.</summary>
    public void Leave() => _depth--;

    /// <summary>An error at the present place.</summary>
    /// <param name="what">What is wrong, as the end of a sentence.</param>
    public JinjaException Fail(string what) => source.Fail(Position, what);

    /// <summary>The template refuses the chat.</summary>
    /// <param name="message">Its words.</param>
    public ChatRefusedException Refuse(string message) => source.Refuse(Position, message);
}
