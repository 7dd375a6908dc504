using System.Text;
using Panorama.Tokenization.Unicode;

namespace Panorama.Tokenization.Tests.Unicode;

public sealed class UnicodeNormalizerTests
{
    [Theory]
    [InlineData("e\u0301", "\u00E9", "e\u0301", "\u00E9", "e\u0301")]
    [InlineData("\u212B", "\u00C5", "A\u030A", "\u00C5", "A\u030A")]
    [InlineData("ﬁ①", "ﬁ①", "ﬁ①", "fi1", "fi1")]
    [InlineData("가", "가", "\u1100\u1161", "가", "\u1100\u1161")]
    [InlineData("\u1100\u1161\u11A8", "각", "\u1100\u1161\u11A8", "각", "\u1100\u1161\u11A8")]
    [InlineData("ｶﾞ", "ｶﾞ", "ｶﾞ", "ガ", "カ\u3099")]
    [InlineData("a\u0315\u0300", "\u00E0\u0315", "a\u0300\u0315", "\u00E0\u0315", "a\u0300\u0315")] // marks are ordered by class
    [InlineData("\u0958", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C")] // excluded from composition
    public void HandWorkedForms(string text, string c, string d, string kc, string kd)
    {
        Assert.Equal(c, UnicodeNormalizer.Normalize(text, NormalizationForm.FormC));
        Assert.Equal(d, UnicodeNormalizer.Normalize(text, NormalizationForm.FormD));
        Assert.Equal(kc, UnicodeNormalizer.Normalize(text, NormalizationForm.FormKC));
        Assert.Equal(kd, UnicodeNormalizer.Normalize(text, NormalizationForm.FormKD));
    }

    [Fact]
    public void TheFormsAgreeWithEachOther() => SampleTexts.Unicode.Sample(static text =>
    {
        string c = Form(text, NormalizationForm.FormC), d = Form(text, NormalizationForm.FormD), kd = Form(text, NormalizationForm.FormKD);
        Assert.Equal(c, Form(d, NormalizationForm.FormC));
        Assert.Equal(d, Form(c, NormalizationForm.FormD));
        Assert.Equal(c, Form(c, NormalizationForm.FormC));
        Assert.Equal(kd, Form(Form(text, NormalizationForm.FormKC), NormalizationForm.FormKD));
    }, iter: 3_000);

    private static string Form(string text, NormalizationForm form) => UnicodeNormalizer.Normalize(text, form);
}
