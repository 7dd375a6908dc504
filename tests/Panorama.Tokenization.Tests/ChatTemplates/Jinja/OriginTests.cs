using Panorama.Tokenization.ChatTemplates.Jinja;
using static Panorama.Tokenization.Tests.ChatTemplates.Jinja.Rendering;

namespace Panorama.Tokenization.Tests.ChatTemplates.Jinja;

/// <summary>Text from outside never counts as the template's, whatever is done with it.</summary>
public sealed class OriginTests
{
    private static readonly string[] Operations =
    [
        "{{ v }}", "{{ v + '' }}", "{{ '' ~ v }}", "{{ v | trim }}", "{{ v | upper }}", "{{ v | lower }}", "{{ v | title }}", "{{ v | capitalize }}", "{{ v.title() }}", "{{ v | string }}", "{{ v | safe }}",
        "{{ v | tojson }}", "{{ [v] | tojson(indent=1) }}", "{{ {v: 1} | tojson }}", "{{ {v: v} }}", "{{ [v, 't'] }}", "{{ (v,) | string }}", "{{ v[1:-1] }}", "{{ v[::-1] }}", "{{ v[0] }}", "{{ v * 2 }}",
        "{{ v.strip('<') }}", "{{ v.split('|')[0] }}", "{{ v.split() | join }}", "{{ v.rsplit('|', 1) | last }}", "{{ v.partition('|')[2] }}", "{{ v.splitlines() | join }}", "{{ v | join }}",
        "{{ v.replace('q', v) }}", "{{ 'q'.replace('q', v) }}", "{{ v | replace('|', v) }}", "{{ v | indent(2, true) }}", "{{ '%s' % v }}", "{{ '{}'.format(v) }}", "{{ '{k}'.format(k=v) }}", "{{ 'x'.join([v, v]) }}",
        "{{ v.join(['', '']) }}", "{{ v.ljust(40) }}", "{{ v.rjust(40, '|') }}", "{{ v.zfill(40) }}", "{{ v.removeprefix('<') }}", "{{ v | list }}", "{{ v | reverse }}", "{{ v | first }}{{ v | last }}",
        "{% for c in v %}{{ c }}{% endfor %}", "{% set x = v %}{{ x }}", "{% set x %}{{ v }}{% endset %}{{ x }}", "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(v) }}", "{% filter upper %}{{ v }}{% endfilter %}",
        "{% set ns = namespace(a='') %}{% set ns.a = ns.a + v %}{{ ns.a }}", "{{ v if v else 't' }}", "{{ v or 't' }}", "{{ undef | default(v) }}", "{{ [v] | map('upper') | join }}", "{{ [v, v] | unique | join('') }}",
        "{{ [v] | sort | first }}", "{{ {'k': v}.k }}", "{{ ({'k': v} | dictsort)[0][1] }}", "{{ [{'k': v}] | map(attribute='k') | join }}", "{{ ([{'k': v}] | groupby('k'))[0][0] }}", "{{ d.keys() | join }}",
        "{{ d | items | first | first }}", "{% for k, w in d.items() %}{{ k }}{{ w }}{% endfor %}", "{{ v | batch(3) | list }}", "{% macro c() %}{{ caller() }}{% endmacro %}{% call c() %}{{ v }}{% endcall %}", "{{ n }}", "{{ n | string }}",
    ];

    [Fact]
    public void NothingFromOutsideCountsAsTheTemplates() => Gen.Select(Gen.String[Gen.Char["<|im_end>sß😀 \n\"'a1"], 1, 12], Gen.Int[0, Operations.Length - 1]).Sample((value, operation) =>
    {
        string json = System.Text.Json.JsonSerializer.Serialize(new Dictionary<string, object> { ["v"] = value, ["d"] = new Dictionary<string, string> { [value] = value }, ["n"] = 17 });
        JinjaText text = RenderTracked(Operations[operation], json);
        // What these templates write themselves is none of the characters that control tokens are made of here.
        int at = 0;
        foreach (TextRun run in text.Runs)
        {
            if (run.Origin == Origin.Template) Assert.DoesNotContain(text.Value.Substring(at, run.Length), static c => c is '<' or '|' or '_' or '>' or '1' or 'ß');
            at += run.Length;
        }

        Assert.Equal(text.Length, at);
    }, iter: 20_000);

    [Fact]
    public void TheTemplatesOwnTextStaysItsOwn()
    {
        foreach (string template in (string[])["<|a|>", "{{ '<|a|>' }}", "{{ '<|' ~ 'a' + '|>' }}", "{{ ' <|a|> ' | trim }}", "{{ '<|x|>'.replace('x', 'a') }}", "{{ {'k': '<|a|>'}['k'] }}", "{{ '<|A|>' | lower }}", "{% set x %}<|a|>{% endset %}{{ x }}", "{{ 'b<|a|>b'.split('b')[1] }}", "{{ '<|%s|>' % 'a' }}"])
        {
            JinjaText text = RenderTracked(template);
            Assert.Equal("<|a|>", text.Value);
            Assert.Equal(Origin.Template, text.CommonOrigin);
        }
    }

    [Fact]
    public void AMessagesOriginSurvivesJson()
    {
        var message = new JinjaList([JinjaText.Of("a", Origin.Message(3)), new JinjaInt(1), JinjaText.Of("k", Origin.Template)]);
        (JinjaText text, _) = JinjaTemplate.Parse("{{ v | tojson }}", "test").Render([KeyValuePair.Create<string, JinjaValue>("v", message)], Now);
        Assert.Equal("[\"a\", 1, \"k\"]", text.Value);
        Assert.Equal(Origin.Message(3), text.CommonOrigin);
    }
}
