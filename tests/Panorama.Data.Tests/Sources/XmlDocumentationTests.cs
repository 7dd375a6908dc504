using Panorama.Core.Errors;
using Panorama.Data.Documents;
using Panorama.Data.Filters;
using Panorama.Data.Rejects;
using Panorama.Data.Sources;
using Panorama.Data.Tests.Support;

namespace Panorama.Data.Tests.Sources;

public sealed class XmlDocumentationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RejectLedger _ledger = new();

    public void Dispose()
    {
        _ledger.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("T:System.String", "System.String", "System.String", "type")]
    [InlineData("T:N.Map`2", "N.Map<T1, T2>", "N.Map<T1, T2>", "type")]
    [InlineData("P:N.A.Count", "N.A.Count", "Count", "property")]
    [InlineData("P:N.A.Item(System.Int32)", "N.A.Item", "Item[int]", "property")]
    [InlineData("F:N.E.One", "N.E.One", "One", "field")]
    [InlineData("E:N.A.Done", "N.A.Done", "Done", "event")]
    [InlineData("M:N.A.#ctor", "N.A.A", "A()", "constructor")]
    [InlineData("M:N.A`1.#ctor(`0)", "N.A<T>.A", "A(T)", "constructor")]
    [InlineData("M:N.A.Do(System.Int32@,System.String[],System.Char*,System.Int32[0:,0:])", "N.A.Do", "Do(ref int, string[], char*, int[,])", "method")]
    [InlineData("M:N.A.Do(System.Nullable{System.Int32},System.Collections.Generic.Dictionary{System.String,System.Collections.Generic.List{System.Object}})", "N.A.Do", "Do(int?, Dictionary<string, List<object>>)", "method")]
    [InlineData("M:N.A.Map``2(System.Func{``0,``1})", "N.A.Map", "Map<T1, T2>(Func<T1, T2>)", "method")]
    [InlineData("M:N.A`1.B`1.Do(`0,`1)", "N.A<T>.B<T>.Do", "Do(T, T)", "method")]
    [InlineData("M:N.A.Do(N.Outer{System.Int32}.Inner)", "N.A.Do", "Do(Outer<int>.Inner)", "method")]
    [InlineData("M:N.A.op_Addition(N.A,N.A)", "N.A.operator +", "operator +(A, A)", "method")]
    [InlineData("M:N.A.op_Explicit(N.A)~System.Int32", "N.A.operator explicit", "operator explicit(A)", "method")]
    [InlineData("M:N.A.System#Collections#Generic#ICollection{T}#Add(`0)", "N.A.System.Collections.Generic.ICollection<T>.Add", "System.Collections.Generic.ICollection<T>.Add(T0)", "method")]
    [InlineData("M:N.A.Odd(=FUNC:System.Void(System.Int32))", "N.A.Odd", "Odd(=FUNC:System.Void(System.Int32))", "method")]
    [InlineData("no id at all", "no id at all", "no id at all", "other")]
    [InlineData("M:N..A", "M:N..A", "M:N..A", "other")]
    [InlineData("M:N.A.Broken(System.Int32", "M:N.A.Broken(System.Int32", "M:N.A.Broken(System.Int32", "other")]
    public async Task NamesAndSignatures(string id, string name, string signature, string kind)
    {
        Document document = Assert.Single(await Read($"<member name=\"{id}\"><summary>S.</summary></member>"));
        Assert.Equal((name, signature, kind), (document.Metadata["name"], document.Metadata["signature"], document.Metadata["kind"]));
        Assert.Equal($"{name} | S.", document.Text.Split('\n')[0]);
        Assert.Equal($"file/{id}", document.Id);
        Assert.Equal("Test.Assembly", document.Metadata["assembly"]);
    }

    [Theory]
    [InlineData("a <see cref=\"T:System.Collections.Generic.List`1\"/> b", "a List<T> b")]
    [InlineData("<see cref=\"M:System.String.Trim(System.Char)\" />s", "String.Trims")]
    [InlineData("<see cref=\"F:System.Int32.MaxValue\">the most</see>.", "the most.")]
    [InlineData("<see cref=\"P:N.A.B\"></see>", "A.B")]
    [InlineData("<see cref=\"N:System.IO\"/> <see cref=\"Overload:N.A.Do\"/> <see cref=\"!:Missing\"/> <see cref=\"M:N.A.#ctor\"/>", "System.IO A.Do Missing A.A")]
    [InlineData("is <see langword=\"null\"/> or <see href=\"https://a.b\"/>", "is null or https://a.b")]
    [InlineData("<paramref name=\"x\"/> of <typeparamref name=\"T\"/> <c>y</c>", "x of T y")]
    [InlineData("one\n   two&#160;&lt;three&gt; <![CDATA[<four>]]>", "one two <three> <four>")]
    [InlineData("<para>A.</para><para>B.</para>C<br/>D", "A. B. C D")]
    [InlineData("Is: <list type=\"bullet\"><listheader><term>no</term></listheader><item><description>a</description></item><item><term>b</term><description>c.</description></item></list>", "Is: a; b: c.")]
    [InlineData("2<sup>31</sup> <script>evil()</script><b>bold</b>", "2^31 bold")]
    [InlineData("Starts <xref uid=\"System.Diagnostics.Activity\"></xref> <xref uid=\"System.IO.Stream.Read(System.Byte[])\"/>", "Starts Activity Stream.Read")]
    [InlineData("one <code>x = 1;\n  y();</code> line", "one x = 1; y(); line")]
    public async Task Markup(string summary, string expected)
    {
        Document document = Assert.Single(await Read($"<member name=\"T:N.A\"><summary>{summary}</summary></member>"));
        Assert.Equal($"N.A | {expected}", document.Text);
    }

    [Fact]
    public async Task SectionsComeInTheirOrder()
    {
        Document[] documents = await Read("""
            <member name="T:N.Box`1"><summary>A box.</summary><typeparam name="TItem">What it holds.</typeparam></member>
            <member name="M:N.Box`1.Put(`0,System.Int32)">
              <exception cref="T:System.ArgumentNullException"><paramref name="item"/> is <see langword="null"/>.</exception>
              <returns>Whether it fits.</returns><param name="item">The item.</param><param name="index">Where.</param>
              <remarks>Slow.<code>
                  if (a)
                    b();
              </code>So.</remarks>
              <summary>Puts
               it in.</summary>
            </member>
            """);
        Assert.Equal("N.Box<TItem> | A box.\nType parameters: TItem: What it holds.", documents[0].Text);
        Assert.Equal(
            "N.Box<TItem>.Put | Puts it in.\nSignature: Put(TItem item, int index)\nParameters: item: The item. index: Where.\n" +
            "Returns: Whether it fits.\nExceptions: ArgumentNullException: item is null.\nRemarks: Slow.\nif (a)\n  b();\nSo.",
            documents[1].Text);
        Assert.Equal("Puts it in.", DocumentationText.Summary(documents[1]));
        Assert.Equal("Whether it fits.", DocumentationText.Section(documents[1], "Returns"));
        Assert.StartsWith("Puts it in.\nParameters: ", DocumentationText.Description(documents[1]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AMemberWithoutASummaryHasNoneEvenAfterCleaning()
    {
        Document document = Assert.Single(await Read("<member name=\"M:N.A.Do(System.Int32)\"><returns>One.</returns></member>"));
        Assert.Equal("N.A.Do | \nSignature: Do(int)\nReturns: One.", document.Text);
        Assert.True(DocumentationText.Summary(document).IsEmpty);
        Assert.Equal("\nReturns: One.", DocumentationText.Description(document));
        Assert.Null(FilterChain.Default.Apply(document, _ledger));
        Assert.Equal("no_summary", Assert.Single(_ledger.Counts()).Reason);
    }

    [Fact]
    public async Task OperatorsWithABarInTheirNameKeepTheirSummary()
    {
        Document document = Assert.Single(await Read("<member name=\"M:N.A.op_BitwiseOr(N.A,N.A)\"><summary>Ors.</summary></member>"));
        Assert.Equal("N.A.operator | | Ors.\nSignature: operator |(A, A)", document.Text);
        Assert.Equal("Ors.", DocumentationText.Description(document));
    }

    [Fact]
    public async Task RepeatedMembersGetIdsOfTheirOwnAndInheritanceIsMarked()
    {
        Document[] documents = await Read("<member name=\"T:A\"><inheritdoc/></member><member name=\"T:A\"><summary><inheritdoc cref=\"T:B\"/></summary></member><member name=\"T:C\"/>");
        Assert.Equal(["file/T:A", "file/T:A#2", "file/T:C"], documents.Select(d => d.Id));
        Assert.Equal([true, true, false], documents.Select(d => d.Metadata.ContainsKey("inherits")));
    }

    [Fact]
    public async Task BrokenXmlKeepsTheMembersBeforeItAndIsNamed()
    {
        Document[] documents = await Read("<member name=\"T:A\"><summary>Fine.</summary></member>\n<member name=\"T:B\"><summary>a & b</summary></member>");
        Assert.Equal("A | Fine.", Assert.Single(documents).Text);
        Assert.Equal("malformed_file", Assert.Single(_ledger.Counts()).Reason);
    }

    [Fact]
    public async Task HostileXmlIsRefused()
    {
        string bomb = "<!DOCTYPE d [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><doc><members><member name=\"T:A\"><summary>&b;</summary></member></members></doc>";
        _folder.Write("in/bomb.xml", bomb);
        _folder.Write("in/deep.xml", $"<doc><members><member name=\"T:A\"><summary>{string.Concat(Enumerable.Repeat("<b>", 100_000))}");
        _folder.Write("in/deeper.xml", string.Concat(Enumerable.Repeat("<doc>", 100_000)));
        _folder.Write("in/types.xml", $"<doc><members><member name=\"M:A.B({string.Concat(Enumerable.Repeat("L{", 2000))}\"><summary>x</summary></member></members></doc>");
        Document only = Assert.Single(await new XmlDocumentationSource(_folder.File("in")).AllAsync(_ledger));
        Assert.EndsWith("| x", only.Text, StringComparison.Ordinal);
        Assert.Equal(3, Assert.Single(_ledger.Counts()).Documents);
    }

    [Fact]
    public async Task FoldersAreReadInOrderAndMissingOnesRefused()
    {
        string Member(string name) => $"<doc><members><member name=\"T:{name}\"><summary>s</summary></member></members></doc>";
        _folder.Write("b/x.xml", Member("B"));
        _folder.Write("a.xml", Member("A"));
        _folder.Write("b/C.XML", Member("C"));
        Document[] documents = await new XmlDocumentationSource(_folder.Path, "MIT").AllAsync(_ledger);
        Assert.Equal(["a/T:A", "b/C/T:C", "b/x/T:B"], documents.Select(d => d.Id));
        Assert.All(documents, d => Assert.Equal("MIT", d.Metadata["licence"]));
        await Assert.ThrowsAsync<InputException>(() => new XmlDocumentationSource(_folder.File("none")).AllAsync(_ledger));
        Directory.CreateDirectory(_folder.File("empty"));
        await Assert.ThrowsAsync<InputException>(() => new XmlDocumentationSource(_folder.File("empty")).AllAsync(_ledger));
    }

    private Task<Document[]> Read(string members)
    {
        string path = _folder.Write("file.xml", $"<?xml version=\"1.0\"?><doc><assembly><name>Test.Assembly</name></assembly><members>{members}</members></doc>");
        return new XmlDocumentationSource(path).AllAsync(_ledger);
    }
}
