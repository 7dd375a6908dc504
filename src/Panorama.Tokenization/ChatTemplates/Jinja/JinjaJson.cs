using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>JSON in and out, as Python's <c>json</c> module has it, which transformers' <c>tojson</c> calls.</summary>
internal static class JinjaJson
{
    private const int MostDigits = 4300; // Python's own limit for integers

    /// <summary>The value of a JSON document; its texts are of one origin.</summary>
    public static JinjaValue Read(JsonElement element, int origin)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String: return JinjaText.Of(element.GetString()!, origin);
            case JsonValueKind.Number: return ReadNumber(element.GetRawText());
            case JsonValueKind.True or JsonValueKind.False: return JinjaBool.Of(element.GetBoolean());
            case JsonValueKind.Array: return new JinjaList([.. element.EnumerateArray().Select(item => Read(item, origin))]);
            case JsonValueKind.Object:
                OrderedDictionary<JinjaValue, JinjaValue> items = JinjaDict.NewItems();
                foreach (JsonProperty property in element.EnumerateObject()) items[JinjaText.Of(property.Name, origin)] = Read(property.Value, origin);
                return new JinjaDict(items);
            default: return JinjaNone.Value;
        }
    }

    /// <summary>The filter <c>tojson</c>: <c>", "</c> and <c>": "</c> between parts unless set, other characters than quotes, backslashes and controls as they are.</summary>
    public static JinjaText Write(JinjaArguments arguments)
    {
        arguments.Allow(5, "ensure_ascii", "indent", "separators", "sort_keys");
        string? indent = arguments.Find(2, "indent") switch
        {
            null or JinjaNone => null,
            JinjaText text => text.Value,
            var value => JinjaEquality.TryInteger(value, out long count) && count <= 64 ? new string(' ', (int)Math.Max(count, 0)) : throw arguments.Run.Fail("'indent' must be a string or an integer of at most 64"),
        };
        (string item, string key) = (indent is null ? ", " : ",", ": ");
        if (arguments.Find(3, "separators") is { } separators and not JinjaNone)
        {
            if (separators is not JinjaList { Items: [JinjaText first, JinjaText second] }) throw arguments.Run.Fail("'separators' must be two strings");
            (item, key) = (first.Value, second.Value);
        }

        var written = new JinjaTextBuilder(arguments.Run);
        new Writer(arguments.Run, written, indent, item, key, arguments.IsTrue(1, "ensure_ascii"), arguments.IsTrue(4, "sort_keys")).Write(arguments.Required(0, "value"), 0);
        return PythonFormat.Untrusted(written);
    }

    private static JinjaValue ReadNumber(string number)
    {
        if (number.AsSpan().IndexOfAny('.', 'e', 'E') >= 0) return new JinjaFloat(double.Parse(number, CultureInfo.InvariantCulture));
        if (long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long integer)) return new JinjaInt(integer);
        return number.Length <= MostDigits ? new JinjaLargeInt(BigInteger.Parse(number, CultureInfo.InvariantCulture)) : new JinjaFloat(double.Parse(number, CultureInfo.InvariantCulture));
    }

    private sealed class Writer(JinjaRun run, JinjaTextBuilder to, string? indent, string itemSeparator, string keySeparator, bool ascii, bool sorts)
    {
        // Signs are marked as the template's, which Untrusted takes for neutral.
        public void Write(JinjaValue value, int level)
        {
            run.Enter();
            switch (value)
            {
                case JinjaNone: Sign("null"); break;
                case JinjaBool b: Sign(b.Value ? "true" : "false"); break;
                case JinjaInt i: Sign(i.Value.ToString(CultureInfo.InvariantCulture)); break;
                case JinjaLargeInt i: Sign(i.Value.ToString(CultureInfo.InvariantCulture)); break;
                case JinjaFloat f: Sign(double.IsNaN(f.Value) ? "NaN" : double.IsInfinity(f.Value) ? (f.Value > 0 ? "Infinity" : "-Infinity") : PythonFormat.Float(f.Value)); break;
                case JinjaText text: to.Append(Quote(text.Value), text.CommonOrigin); break;
                case JinjaList list: WriteList(list, level); break;
                case JinjaDict dict: WriteDict(dict, level); break;
                case JinjaUndefined missing: throw run.Fail($"{missing.What}: it cannot be written as JSON");
                default: throw run.Fail($"a {value.TypeName} cannot be written as JSON");
            }

            run.Leave();
        }

        private void WriteList(JinjaList list, int level)
        {
            Sign("[");
            for (int i = 0; i < list.Items.Count; i++)
            {
                Sign(i > 0 ? itemSeparator : "");
                NewLine(level + 1);
                Write(list.Items[i], level + 1);
            }

            if (list.Items.Count > 0) NewLine(level);
            Sign("]");
        }

        private void WriteDict(JinjaDict dict, int level)
        {
            Sign("{");
            bool first = true;
            IEnumerable<KeyValuePair<JinjaValue, JinjaValue>> items = sorts ? dict.Items.OrderBy(static pair => (pair.Key as JinjaText)?.Value ?? "", StringComparer.Ordinal) : dict.Items;
            foreach ((JinjaValue key, JinjaValue value) in items)
            {
                Sign(first ? "" : itemSeparator);
                first = false;
                NewLine(level + 1);
                WriteKey(key);
                Sign(keySeparator);
                Write(value, level + 1);
            }

            if (!first) NewLine(level);
            Sign("}");
        }

        private void WriteKey(JinjaValue key)
        {
            if (key is JinjaText) Write(key, 0);
            else if (key is JinjaList) throw run.Fail($"a {key.TypeName} cannot be a key in JSON");
            else
            {
                Sign("\"");
                Write(key, 0);
                Sign("\"");
            }
        }

        private void NewLine(int level)
        {
            if (indent is null) return;
            Sign("\n");
            for (int i = 0; i < level; i++) Sign(indent);
        }

        private void Sign(string text) => to.Append(text, Origin.Template);

        private string Quote(string text)
        {
            var quoted = new StringBuilder(text.Length + 2).Append('"');
            foreach (char c in text)
            {
                switch (c)
                {
                    case '"': quoted.Append("\\\""); break;
                    case '\\': quoted.Append("\\\\"); break;
                    case '\n': quoted.Append("\\n"); break;
                    case '\r': quoted.Append("\\r"); break;
                    case '\t': quoted.Append("\\t"); break;
                    case '\b': quoted.Append("\\b"); break;
                    case '\f': quoted.Append("\\f"); break;
                    default:
                        if (c < ' ' || (ascii && c > '~')) quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
                        else quoted.Append(c);
                        break;
                }
            }

            return quoted.Append('"').ToString();
        }
    }
}
