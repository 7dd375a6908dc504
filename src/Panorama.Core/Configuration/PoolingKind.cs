namespace Panorama.Core.Configuration;

/// <summary>How the vectors of a text's tokens become one vector.</summary>
public enum PoolingKind
{
    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>That of the first token, <c>[CLS]</c> of BERT.</summary>
    First,

    /// <summary>That of the last token.</summary>
    Last,
}
