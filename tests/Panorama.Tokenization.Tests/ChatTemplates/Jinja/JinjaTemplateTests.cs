using static Panorama.Tokenization.Tests.ChatTemplates.Jinja.Rendering;

namespace Panorama.Tokenization.Tests.ChatTemplates.Jinja;

/// <summary>What templates mean. The expectations are those of Jinja 3.1 with the settings of transformers.</summary>
public sealed class JinjaTemplateTests
{
    private const string Variables = """
        {"s": "Hello, World", "u": "  héllo 中文 😀\n\tx ", "n": 5, "f": 2.5, "t": true, "o": null, "l": [3, 1, 2], "ls": ["b", "A", "c", "a"],
         "d": {"b": 1, "a": "x", "items": [7]}, "ld": [{"r": "user", "c": "hi", "n": 1}, {"r": "sys", "c": "yo", "n": 3}, {"r": "user", "c": null, "n": 2}],
         "big": 12345678901234567890, "x": 1e16, "y": 1e-7, "w": 1.0}
        """;

    [Theory]
    [InlineData("{{ 1 + 2 * 3 - 4 // 3 }}|{{ 7 % 3 }}|{{ -7 % 3 }}|{{ -7 // 2 }}|{{ 7 / 2 }}|{{ 2 ** 10 }}", "6|1|2|-4|3.5|1024")]
    [InlineData("{{ 'a' ~ 1 + 2 ~ 'b' }}{{ 2 ~ 3 * 4 }}", "a12b212")] // ~ binds tighter than +, looser than *
    [InlineData("{{ 'a' ~ 1 ~ none ~ true ~ 1.0 ~ [1, 'b'] ~ undef }}", "a1NoneTrue1.0[1, 'b']")]
    [InlineData("{{ 1 < 2 <= 2 != 3 }}{{ 3 > 2 > 2 }}{{ 'a' in s }}{{ 'H' in s }}{{ 1 not in l }}{{ 'a' in d }}{{ 'z' in undef }}", "TrueFalseFalseTrueFalseTrueFalse")]
    [InlineData("{{ 0 or '' or 'x' }}{{ 1 and 2 }}{{ not l }}{{ undef or 'd' }}", "x2Falsed")]
    [InlineData("{{ 'y' if n > 3 else 'n' }}{{ 'y' if n > 9 }}{{ 'a' if n > 9 else 'b' if t else 'c' }}", "yb")]
    [InlineData("{{ s[0] }}{{ s[-1] }}{{ s[7:] }}{{ s[:5][::-1] }}{{ u[-4:] }}{{ l[1:] }}{{ l[::-1] }}{{ ls[5:1:-2] }}", "HdWorldolleH\n\tx [1, 2][2, 1, 3]['a']")]
    [InlineData("{{ d.a }}{{ d['a'] }}{{ d.items() | list }}{{ d['items'] }}{{ d.zz }}{{ d.get('zz', 'q') }}{{ ld[0].r }}{{ ld.0.c }}", "xx[('b', 1), ('a', 'x'), ('items', [7])][7]quserhi")]
    [InlineData("{{ [] }}{{ () }}{{ (1,) }}{{ {'a': [1, \"it's\", 'q\"', none]} }}", "[]()(1,){'a': [1, \"it's\", 'q\"', None]}")]
    [InlineData("{{ x }}|{{ y }}|{{ w }}|{{ big }}|{{ 1e3 }}|{{ 0.1 + 0.2 }}|{{ 123456.75 }}", "1e+16|1e-07|1.0|12345678901234567890|1000.0|0.30000000000000004|123456.75")]
    [InlineData("{{ 'tab\\t\\'q\\' \\x41 \\u4e2d \\q' }}{{ 'a' 'b' }}", "tab\t'q' A 中 \\qab")]
    [InlineData("{{ 'a,b' 'c' * 2 }}{{ [1] * 2 + [3] }}{{ 'n=%s %d%%' % ('x', 3) }}{{ '{} {1} {k}'.format('a', 'b', k=1) }}", "a,bca,bc[1, 1, 3]n=x 3%a b 1")]
    public void Expressions(string template, string expected) => AssertRenders(template, expected);

    [Theory]
    [InlineData("{{ s | upper }}{{ s | lower }}{{ 'a b-c d' | title }}{{ 'aB' | capitalize }}[{{ u | trim }}]", "HELLO, WORLDhello, worldA B-C DAb[héllo 中文 😀\n\tx]")]
    [InlineData("{{ u | length }}{{ l | count }}{{ d | length }}{{ undef | length }}", "163" + "30")]
    [InlineData("{{ undef | default('q') }}{{ o | default('q') }}{{ o | default('q', true) }}{{ '' | d('z', boolean=true) }}", "qNoneqz")]
    [InlineData("{{ l | join(', ') }}{{ ld | join('-', attribute='r') }}{{ 'abc' | join('.') }}", "3, 1, 2user-sys-usera.b.c")]
    [InlineData("{{ l | sort }}{{ ls | sort }}{{ ls | sort(case_sensitive=true) }}{{ ld | map(attribute='n') | sort(reverse=true) }}{{ d | dictsort | first }}", "[1, 2, 3]['A', 'a', 'b', 'c']['A', 'a', 'b', 'c'][3, 2, 1]('a', 'x')")]
    [InlineData("{{ ld | selectattr('r', 'equalto', 'user') | map(attribute='n') | list }}{{ ld | rejectattr('c') | list | length }}{{ [1, 2, 3] | select('odd') | list }}{{ [0, 1] | reject | list }}", "[1, 2]1[1, 3][0]")]
    [InlineData("{{ ls | map('upper') | list }}{{ ls | unique | list }}{{ ls | last }}{{ ls | first }}{{ 'abc' | reverse }}", "['B', 'A', 'C', 'A']['b', 'A', 'c']abcba")]
    [InlineData("{{ 'a\nb\n\nc' | indent(2) }}|{{ 'a\nb' | indent(2, true) }}|{{ 'a' | replace('a', 'bb') | replace('b', 'c', 1) }}", "a\n  b\n\n  c|  a\n  b|cb")]
    [InlineData("{{ '12' | int + 1 }}{{ 'x' | int(7) }}{{ '1.5' | float }}{{ 2.567 | round(1) }}{{ 3 | abs }}{{ l | sum }}{{ l | min }}{{ l | max }}", "1371.52.63613")]
    [InlineData("{{ [1, 2, 3] | batch(2) | list }}{{ ld | groupby('r') | map('first') | list }}{{ d | items | list | length }}", "[[1, 2], [3]]['sys', 'user']3")]
    public void Filters(string template, string expected) => AssertRenders(template, expected);

    [Theory]
    [InlineData("{{ d | tojson }}", "{\"b\": 1, \"a\": \"x\", \"items\": [7]}")]
    [InlineData("{{ d | tojson(indent=2) }}", "{\n  \"b\": 1,\n  \"a\": \"x\",\n  \"items\": [\n    7\n  ]\n}")]
    [InlineData("{{ d | tojson(separators=(',', ':'), sort_keys=true) }}", "{\"a\":\"x\",\"b\":1,\"items\":[7]}")]
    [InlineData("{{ {'k': 'é😀<&>\\'\"\\n\\x01', 't': true, 'o': none, 'e': [], 'm': {}} | tojson }}", "{\"k\": \"é😀<&>'\\\"\\n\\u0001\", \"t\": true, \"o\": null, \"e\": [], \"m\": {}}")]
    [InlineData("{{ 'é😀' | tojson(ensure_ascii=true) }}{{ [w, x, big] | tojson }}", "\"\\u00e9\\ud83d\\ude00\"[1.0, 1e+16, 12345678901234567890]")]
    public void Json(string template, string expected) => AssertRenders(template, expected);

    [Theory]
    [InlineData("{{ [undef is defined, s is defined, o is none, s is string, n is number, t is number, n is integer, t is integer, f is float, t is boolean] }}", "[False, True, True, True, True, True, True, False, True, True]")]
    [InlineData("{{ [d is mapping, l is mapping, l is sequence, s is sequence, d is iterable, n is iterable, range is callable, t is true, t is false] }}", "[True, False, True, True, True, False, True, True, False]")]
    [InlineData("{{ [n is odd, n is even, 6 is divisibleby 3, n is not none, 'a' is in s, 'A' is upper, n is eq 5, n is gt(4), s is sameas s] }}", "[True, False, True, True, False, True, True, True, True]")]
    public void Tests(string template, string expected) => AssertRenders(template, expected);

    [Theory]
    [InlineData("[{{ u.strip() }}][{{ 'xxaxx'.strip('x') }}][{{ 'xxa'.lstrip('x') }}][{{ 'a  '.rstrip() }}]", "[héllo 中文 😀\n\tx][a][a][a]")]
    [InlineData("{{ 'a,b,c'.split(',') }}{{ ' a  b '.split() }}{{ 'a,b,c'.split(',', 1)[-1] }}{{ 'a,b,c'.rsplit(',', 1) }}{{ 'a\nb'.splitlines() }}", "['a', 'b', 'c']['a', 'b']b,c['a,b', 'c']['a', 'b']")]
    [InlineData("{{ s.startswith('He') }}{{ s.endswith(('x', 'd')) }}{{ s.find('o') }}{{ s.rfind('o') }}{{ s.count('l') }}{{ s.index('W') }}{{ s.find('z') }}", "TrueTrue4837-1")]
    [InlineData("{{ \"they're ok\".title() }}{{ s.upper() }}{{ 'AB'.lower() }}{{ 'aBC'.capitalize() }}{{ s.replace('l', 'L', 2) }}{{ '-'.join(ls) }}", "They'Re OkHELLO, WORLDabAbcHeLLo, Worldb-A-c-a")]
    [InlineData("{{ 'ab'.removeprefix('a') }}{{ 'ab'.removesuffix('b') }}{{ 'a=b'.partition('=') }}{{ '7'.zfill(3) }}{{ '12'.isdigit() }}{{ 'a b'.isalpha() }}", "ba('a', '=', 'b')007TrueFalse")]
    [InlineData("{{ d.keys() | list }}{{ d.values() | list | length }}{{ l.index(1) }}{{ l.count(3) }}", "['b', 'a', 'items']311")]
    public void Methods(string template, string expected) => AssertRenders(template, expected);

    [Theory]
    [InlineData("{% for m in ld %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.first }}{{ loop.last }}{{ loop.length }};{% endfor %}", "103TrueFalse3;212FalseFalse3;321FalseTrue3;")]
    [InlineData("{% for k, v in d.items() if k != 'b' %}{{ k }}={{ v }} {% else %}none{% endfor %}{% for a in [] %}x{% else %}none{% endfor %}", "a=x items=[7] none")]
    [InlineData("{% for i in range(9) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %}", "013")]
    [InlineData("{% for i in l %}{{ loop.previtem }}<{{ i }}>{{ loop.nextitem }}{{ loop.cycle('a', 'b') }} {% endfor %}", "<3>1a 3<1>2b 1<2>a ")]
    [InlineData("{% for i in [1, 1, 2] %}{{ loop.changed(i) }}{{ loop.depth }}{% for j in [0] %}{{ loop.depth0 }}{% endfor %}{% endfor %}", "True11False11True11")]
    [InlineData("{% for c in 'a😀' %}[{{ c }}]{% endfor %}{% for k in d %}{{ k }}{% endfor %}{% for z in undef %}z{% endfor %}", "[a][😀]baitems")]
    [InlineData("{% set i = 0 %}{% for j in l %}{% set i = i + j %}{{ i }}{% endfor %}{{ i }}", "3120")]
    [InlineData("{% set ns = namespace(i=0) %}{% for j in l %}{% set ns.i = ns.i + j %}{% endfor %}{{ ns.i }}{{ ns.q }}", "6")]
    [InlineData("{% if n > 9 %}a{% elif n == 5 %}b{% else %}c{% endif %}{% if undef %}d{% endif %}", "b")]
    [InlineData("{% set a, b = 1, [2] %}{{ a }}{{ b }}{% set c %}<{{ a }}>{% endset %}{{ c }}{% set e | upper %}q{% endset %}{{ e }}", "1[2]<1>Q")]
    [InlineData("{% macro m(a, b='B', c=n) %}({{ a }}{{ b }}{{ c }}){% endmacro %}{{ m(1) }}{{ m(b=2, a=1) }}{{ m(1, 2, 3) }}{{ m(*[7, 8]) }}{{ m(**{'c': 9}) }}{{ m() | length }}", "(1B5)(125)(123)(785)(B9)4")]
    [InlineData("{% macro f(n) %}{% if n > 0 %}{{ n }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}", "321")]
    [InlineData("{% macro w(x) %}<{{ x }}:{{ caller('c') }}>{% endmacro %}{% call(y) w(1) %}{{ y }}{{ n }}{% endcall %}", "<1:c5>")]
    [InlineData("{% filter upper %}a{{ n }}b{% endfilter %}{% with q = 1, r = 2 %}{{ q }}{{ r }}{% endwith %}{{ q }}", "A5B12")]
    [InlineData("{% generation %}a{{ n }}{% endgeneration %}{% raw %}{{ n }}{% if %}{% endraw %}{# {{ gone }} #}", "a5{{ n }}{% if %}")]
    [InlineData("{{ strftime_now('%d %B %Y %H:%M:%S %j %p %-d %e %%') }}", "04 March 2026 15:06:07 063 PM 4  4 %")]
    [InlineData("{{ dict(a=1) }}{{ dict([('b', 2)], c=3) }}{{ range(1, 7, 2) | list }}{{ range(3, 0, -1) | list }}", "{'a': 1}{'b': 2, 'c': 3}[1, 3, 5][3, 2, 1]")]
    public void Statements(string template, string expected) => AssertRenders(template, expected);

    [Theory]
    [InlineData("a\n  {% if t %}\nb\n  {% endif %}\nc\n", "a\nb\nc")]
    [InlineData("a \n {%- if t -%} \n b \n {%- endif -%} \n c", "abc")]
    [InlineData("a\n  {%+ if t +%}\nb{% endif %}\n\nc\n\n", "a\n  \nb\nc\n")]
    [InlineData("x {{- n -}} y {{ n }} z\n", "x5y 5 z")]
    [InlineData("a\n  {# c #}\n  b {# d -#}  \n c", "a\n  b c")]
    [InlineData("{{ n }}  {% if t %} y{% endif %}", "5   y")]
    [InlineData("a\r\n{% if t %}\r\nb\r{% endif %}c", "a\nb\nc")]
    [InlineData("{% raw -%}  a  {%- endraw %}\nb", "ab")]
    [InlineData("{{ '%}' }}{{ {'a': {'b': 1}}['a']['b'] }}{{ '{{' }}", "%}1{{")]
    public void WhiteSpace(string template, string expected) => AssertRenders(template, expected);

    private static void AssertRenders(string template, string expected) => Assert.Equal(expected, Render(template, Variables));
}
