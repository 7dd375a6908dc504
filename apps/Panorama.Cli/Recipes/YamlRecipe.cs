using System.Text;
using Panorama.Core.Errors;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Panorama.Cli.Recipes;

/// <summary>
/// Reads the part of YAML 1.2 that recipes need, from files nobody trusts: one document of sections, lists and
/// scalars. Anchors, aliases and tags are refused (no expansion bombs, no typed objects), as are duplicate keys.
/// </summary>
internal sealed class YamlRecipe
{
    /// <summary>Largest recipe read, in bytes. A recipe is written by hand.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Deepest nesting of sections and lists.</summary>
    public const int MaxDepth = 16;

    private readonly string _file;
    private readonly Parser _parser;

    private YamlRecipe(string file, string text)
    {
        _file = file;
        _parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The recipe.</param>
    /// <exception cref="InputException">The file is missing, too large, not UTF-8 or not a recipe; with file and line.</exception>
    public static SectionNode Load(string path)
    {
        if (Directory.Exists(path))
            throw new InputException($"{path} is a folder; a recipe is a YAML file.");
        if (!File.Exists(path))
            throw new InputException($"There is no recipe {path}.");
        using FileStream stream = File.OpenRead(path);
        if (stream.Length > MaxBytes)
            throw new InvalidFileException(path, $"{stream.Length:N0} bytes; a recipe has at most {MaxBytes:N0}.");
        byte[] bytes = new byte[MaxBytes];
        int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes, 0, length);
        }
        catch (DecoderFallbackException error)
        {
            throw new InvalidFileException(path, $"not UTF-8 at byte {error.Index}.", error);
        }

        return Parse(path, text.TrimStart('\uFEFF'));
    }

    /// <summary>Reads text.</summary>
    /// <param name="file">The name for error messages.</param>
    /// <param name="text">The YAML.</param>
    /// <exception cref="InputException">The text is not a recipe; with file and line.</exception>
    public static SectionNode Parse(string file, string text)
    {
        var reader = new YamlRecipe(file, text);
        try
        {
            return reader.Document();
        }
        catch (YamlException error)
        {
            throw new InvalidFileException($"{file}:{error.Start.Line}", $"not valid YAML: {error.Message}", error);
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException)
        {
            // The scanner ends so on some broken input, for example on a plain scalar cut by a flow indicator.
            throw new InvalidFileException($"{file}:{reader._parser.Current?.End.Line ?? 1}", "not valid YAML at or after this line.", error);
        }
    }

    private SectionNode Document()
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out _))
            return new SectionNode([], new RecipeOrigin(_file, 1));
        _parser.Consume<DocumentStart>();
        RecipeNode root = Node(0);
        _parser.Consume<DocumentEnd>();
        if (_parser.Current is DocumentStart second)
            throw Refuse(second, "a second document starts; a recipe is one document");
        return root switch
        {
            SectionNode section => section,
            ScalarNode { IsNull: true } empty => new SectionNode([], empty.Origin),
            _ => throw new InputException($"{root.Origin.Place}: a recipe is made of \"key: value\" lines."),
        };
    }

    private RecipeNode Node(int depth)
    {
        if (_parser.Current is AnchorAlias alias)
            throw Refuse(alias, "aliases (*name) are not allowed in a recipe; write the value out");
        if (_parser.Current is NodeEvent node)
        {
            if (!node.Anchor.IsEmpty)
                throw Refuse(node, "anchors (&name) are not allowed in a recipe; write the value out");
            if (!node.Tag.IsEmpty)
                throw Refuse(node, "tags (!name) are not allowed in a recipe");
            if (depth >= MaxDepth)
                throw Refuse(node, $"nested deeper than {MaxDepth} levels");
        }

        if (_parser.Current is Scalar scalar)
        {
            _parser.MoveNext();
            return new ScalarNode(scalar.Value, scalar.Style is not ScalarStyle.Plain, At(scalar));
        }

        if (_parser.Current is SequenceStart list)
        {
            _parser.MoveNext();
            List<RecipeNode> items = [];
            while (!_parser.TryConsume<SequenceEnd>(out _))
                items.Add(Node(depth + 1));
            return new ListNode(items, At(list));
        }

        return Section(_parser.Consume<MappingStart>(), depth);
    }

    private SectionNode Section(MappingStart start, int depth)
    {
        List<KeyValuePair<string, RecipeNode>> entries = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            ParsingEvent at = _parser.Current!;
            if (Node(depth + 1) is not ScalarNode name)
                throw Refuse(at, "a key must be a plain name");
            if (!names.Add(name.Text))
                throw Refuse(at, $"the key \"{Terminal.TerminalText.Shorten(name.Text, 80)}\" occurs twice");
            RecipeNode value = Node(depth + 1);
            entries.Add(new(name.Text, value is ScalarNode { IsNull: true } ? value with { Origin = name.Origin } : value));
        }

        return new SectionNode(entries, At(start));
    }

    private RecipeOrigin At(ParsingEvent node) => new(_file, node.Start.Line);

    private InvalidFileException Refuse(ParsingEvent node, string rule) => new($"{_file}:{node.Start.Line}", rule + ".");
}
