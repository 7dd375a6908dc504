using Panorama.Data.Documents;
using Panorama.Data.Filters;
using Panorama.Data.Sources;

namespace Panorama.Data.Tests.Filters;

public sealed class DocumentationHeadTests
{
    [Theory]
    [InlineData("N.M | Does it.\nReturns: it.\nRemarks: long", true, "N.M | Does it.")]
    [InlineData("N.M | Does it.", true, "N.M | Does it.")]
    [InlineData("Free text\nof two lines", false, "Free text\nof two lines")]
    public void KeepsNameAndSummaryOfApiDocumentsOnly(string text, bool api, string expected)
    {
        var document = new Document
        {
            Id = "x",
            Text = text,
            Source = "test",
            Metadata = api ? new Dictionary<string, string> { [MetadataKeys.Layout] = DocumentationText.Layout, [MetadataKeys.Kind] = "method", [MetadataKeys.Name] = "N.M" } : new Dictionary<string, string>(),
        };
        Assert.Equal(expected, new DocumentationHead().Apply(document).Document!.Text);
    }
}
