namespace Panorama.Cli.Recipes;

/// <summary>Where the value of a setting was written.</summary>
internal abstract record Origin
{
    /// <summary>How an error or a comment names the setting at this place.</summary>
    /// <param name="key">The dotted key.</param>
    public abstract string Name(string key);

    /// <summary>The place alone, for the comments of a printed recipe.</summary>
    public abstract string Place { get; }

    /// <summary>A key as people write it at such a place.</summary>
    /// <param name="key">The dotted key.</param>
    public virtual string Spell(string key) => key;
}

/// <summary>A line of a recipe.</summary>
/// <param name="File">The file, as the user named it.</param>
/// <param name="Line">The line, from 1.</param>
internal sealed record RecipeOrigin(string File, long Line) : Origin
{
    /// <inheritdoc/>
    public override string Place => $"{File}:{Line}";

    /// <inheritdoc/>
    public override string Name(string key) => $"{Place}: {key}";
}

/// <summary>An environment variable.</summary>
/// <param name="Variable">Its name.</param>
internal sealed record EnvironmentOrigin(string Variable) : Origin
{
    /// <summary>What the names of all settings in the environment start with.</summary>
    public const string Prefix = "PANORAMA_";

    /// <inheritdoc/>
    public override string Place => Variable;

    /// <inheritdoc/>
    public override string Name(string key) => Variable;

    /// <inheritdoc/>
    public override string Spell(string key) => Prefix + key.Replace(".", "__", StringComparison.Ordinal).ToUpperInvariant();
}

/// <summary>An option of the command line.</summary>
/// <param name="Option">Its name with the dashes.</param>
internal sealed record CommandLineOrigin(string Option) : Origin
{
    /// <inheritdoc/>
    public override string Place => Option;

    /// <inheritdoc/>
    public override string Name(string key) => Option;

    /// <inheritdoc/>
    public override string Spell(string key) => "--" + key;
}
