using Panorama.Tokenization.ChatTemplates.Jinja;
using static Panorama.Tokenization.Tests.ChatTemplates.Jinja.Rendering;

namespace Panorama.Tokenization.Tests.ChatTemplates.Jinja;

public sealed class JinjaErrorTests
{
    [Theory]
    [InlineData("ab\n {{ x + }}", 2, 9, "expression is expected")]
    [InlineData("{% if x %}a", 1, 11, "'endif'")]
    [InlineData("a{% endif %}", 1, 2, "ends no block")]
    [InlineData("{{ 'abc }}", 1, 4, "no end")]
    [InlineData("a\nb{{ x", 2, 2, "no '}}'")]
    [InlineData("{# a", 1, 1, "no '#}'")]
    [InlineData("{% raw %}a", 1, 1, "endraw")]
    [InlineData("{{ x ? 1 }}", 1, 6, "no meaning")]
    [InlineData("{{ (1] }}", 1, 6, "closes nothing")]
    [InlineData("{% include 'f' %}", 1, 1, "'include' is not supported")]
    [InlineData("{% break %}", 1, 1, "outside a loop")]
    [InlineData("{% for i in l recursive %}{% endfor %}", 1, 15, "recursive")]
    [InlineData("{{ f(a=1, 2) }}", 1, 11, "without a name")]
    [InlineData("{% set 1 = 2 %}", 1, 8, "a name is expected")]
    [InlineData("{{ '\\N{DASH}' }}", 1, 4, "escape")]
    [InlineData("{{ 99999999999999999999 }}", 1, 4, "64 bits")]
    public void AMalformedTemplateIsRefusedWithItsPlace(string template, int line, int column, string part) =>
        AssertFails(() => JinjaTemplate.Parse(template, "model"), line, column, part);

    [Theory]
    [InlineData("{{ undef.x }}", 9, "'undef' is undefined")]
    [InlineData("{{ {}.x.y }}", 8, "no 'x'")]
    [InlineData("{{ 1 + 'a' }}", 4, "'+' does not work between int and str")]
    [InlineData("{{ 'a' + undef }}", 4, "'undef' is undefined")]
    [InlineData("{{ [1] | wibble }}", 10, "filter 'wibble' is not supported")]
    [InlineData("{{ 1 is wibble }}", 6, "test 'wibble' is not supported")]
    [InlineData("{{ f() }}", 5, "cannot be called")]
    [InlineData("{% for i in 5 %}{% endfor %}", 13, "no items")]
    [InlineData("{% for a, b in [[1]] %}{% endfor %}", 8, "2 names take a list of 1")]
    [InlineData("{% set x = {} %}{% set x.y = 1 %}", 24, "no namespace")]
    [InlineData("{{ [1].append(2) }}", 14, "would change a value")]
    [InlineData("{{ {}.pop('a') }}", 10, "would change a value")]
    [InlineData("{{ 1 // 0 }}", 4, "division by zero")]
    [InlineData("{{ 9223372036854775807 + 1 }}", 4, "64 bits")]
    [InlineData("{{ {[1]: 2} }}", 6, "cannot be a key")]
    [InlineData("{{ undef | tojson }}", 12, "cannot be written as JSON")]
    [InlineData("{{ [1, 'a'] | sort }}", 15, "no order")]
    [InlineData("{{ ''.__class__.x }}", 16, "no '__class__'")]
    [InlineData("{{ 'a'.split('') }}", 13, "separator is empty")]
    [InlineData("{{ 'a'.upper.__globals__['x'] }}", 25, "no '__globals__'")]
    public void AnErrorOfARenderingNamesItsPlace(string template, int column, string part) => AssertFails(() => Render(template), 1, column, part);

    [Fact]
    public void ARefusalCarriesTheTemplatesWords()
    {
        ChatRefusedException refused = Assert.Throws<ChatRefusedException>(() => Render("\n{{ raise_exception('roles must ' ~ 'alternate\n') }}"));
        Assert.Contains("'roles must alternate\\u000a'", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, refused.Line);
    }

    [Theory]
    [InlineData("{% for i in range(300) %}{% for j in range(300) %}{% endfor %}{% endfor %}", "10,000 steps")]
    [InlineData("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "nests more than 50")]
    [InlineData("{{ 'abcdefghij' * 1000 }}", "more than 5,000 characters")]
    [InlineData("{% for i in range(999) %}abcdefghij{% endfor %}", "more than 5,000 characters")]
    [InlineData("{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}", "more than 5,000 characters")]
    [InlineData("{{ ('a' * 4000).replace('a', 'b' * 1000) }}", "more than 5,000 characters")]
    [InlineData("{{ ('a' * 400) | join('b' * 1000) }}", "more than 5,000 characters")]
    [InlineData("{{ range(100000000) }}", "more than 1000 numbers")]
    [InlineData("{{ [0] * 100000000 }}", "10,000 steps")]
    [InlineData("{% set ns = namespace(x=[]) %}{% for i in range(90) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}", "nests more than 50")]
    [InlineData("{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(40) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}", "10,000 steps")]
    [InlineData("{{ 'x'.rjust(100000000) }}", "more than 5,000 characters")]
    public void WhatATemplateMayUseUpIsBounded(string template, string part)
    {
        var limits = new JinjaLimits { Steps = 10_000, Depth = 50, TextLength = 5000, RangeLength = 1000 };
        Assert.Contains(part, Assert.Throws<JinjaException>(() => Render(template, limits: limits)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DeepNestingIsRefusedWhenParsed()
    {
        string[] deep =
        [
            "{{ " + new string('(', 5000) + "1" + new string(')', 5000) + " }}",
            "{{ " + string.Concat(Enumerable.Repeat("not ", 5000)) + "1 }}",
            "{{ " + new string('-', 5000) + "1 }}",
            "{{ a" + string.Concat(Enumerable.Repeat(".a", 5000)) + " }}",
            "{{ a" + string.Concat(Enumerable.Repeat("|trim", 5000)) + " }}",
            "{{ 1" + string.Concat(Enumerable.Repeat(" + 1", 5000)) + " }}",
            "{{ 1" + string.Concat(Enumerable.Repeat(" if 1 else 1", 5000)) + " }}",
            string.Concat(Enumerable.Repeat("{% if 1 %}", 5000)) + string.Concat(Enumerable.Repeat("{% endif %}", 5000)),
            "{% for " + new string('(', 5000) + "a" + new string(')', 5000) + " in b %}{% endfor %}",
        ];
        foreach (string template in deep) Assert.Contains("nested more than 200", Assert.Throws<JinjaException>(() => JinjaTemplate.Parse(template, "model")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ATemplateThatIsTooLongIsRefused() =>
        Assert.Contains("at most 10", Assert.Throws<JinjaException>(() => JinjaTemplate.Parse("01234567890", "model", new JinjaLimits { TemplateLength = 10 })).Message, StringComparison.Ordinal);

    [Fact]
    public void MutationsOfATemplateGiveTextOrATypedError()
    {
        const string Template = "{% set ns = namespace(n=0) %}{%- for m in ms if m.r is not none -%}{% macro f(a, b='x') %}{{ a | tojson(indent=1) ~ b[::-1] }}{% endmacro %}{% set ns.n = ns.n + loop.index %}{{ f(m) if loop.last else m['c'] | trim | upper }}{% endfor %}{{ ns.n }}";
        var limits = new JinjaLimits { Steps = 100_000, TextLength = 100_000 };
        Gen.Select(Gen.Int[0, Template.Length - 1], Gen.Int[0, 12], Gen.Char["{}%#()[]|~.,:='\"-+*/<> \na1"].Array[0, 4]).Sample((at, length, inserted) =>
        {
            string mutated = Template[..at] + new string(inserted) + Template[Math.Min(at + length, Template.Length)..];
            try
            {
                Render(mutated, """{"ms": [{"r": "a", "c": " b "}, {"r": "c", "c": "d"}]}""", limits);
            }
            catch (JinjaException e)
            {
                Assert.True(e.Line >= 1 && e.Column >= 1);
            }
        }, iter: 5000);
    }

    private static void AssertFails(Action action, int line, int column, string part)
    {
        JinjaException e = Assert.Throws<JinjaException>(action);
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
        Assert.Equal((line, column), (e.Line, e.Column));
    }
}
