using System.Text;
using Panorama.Cli.Recipes;
using Panorama.Core.Errors;

namespace Panorama.Cli.Tests.Recipes;

public sealed class YamlRecipeTests
{
    [Theory]
    [InlineData("a: 1\na: 2", "a.yaml:2: the key \"a\" occurs twice")]
    [InlineData("a: &x 1\nb: *x", "a.yaml:1: anchors (&name) are not allowed")]
    [InlineData("a: 1\nb: *x", "a.yaml:2: aliases (*name) are not allowed")]
    [InlineData("a: !!python/object:os.system 1", "a.yaml:1: tags (!name) are not allowed")]
    [InlineData("a: 1\n---\nb: 2", "a.yaml:2: a second document starts")]
    [InlineData("a: 1\n b: [", "a.yaml:2: not valid YAML")]
    [InlineData("[1, 2]", "a.yaml:1: a recipe is made of")]
    [InlineData("? {a: 1}\n: 2", "a key must be a plain name")]
    public void What_a_recipe_may_not_hold_is_refused_with_its_line(string yaml, string expected) =>
        Assert.Contains(expected, Assert.ThrowsAny<InputException>(() => YamlRecipe.Parse("a.yaml", yaml)).Message);

    [Theory]
    [InlineData("")]
    [InlineData("# only a comment\n")]
    [InlineData("---\n")]
    public void An_empty_recipe_is_one_without_settings(string yaml) => Assert.Empty(YamlRecipe.Parse("a.yaml", yaml).Entries);

    [Fact]
    public void Deep_nesting_is_refused_without_recursion()
    {
        string yaml = "a: " + new string('[', 100_000);
        Assert.Contains("nested deeper", Assert.ThrowsAny<InputException>(() => YamlRecipe.Parse("a.yaml", yaml)).Message);
    }

    [Fact]
    public void Files_are_checked_before_they_are_parsed()
    {
        string folder = Directory.CreateTempSubdirectory("panorama-yaml-").FullName;
        try
        {
            string path = Path.Combine(folder, "r.yaml");
            Assert.Contains("There is no recipe", Error(path));
            Assert.Contains("is a folder", Error(folder));
            File.WriteAllBytes(path, [(byte)'a', (byte)':', 0xff]);
            Assert.Contains("not UTF-8 at byte 2", Error(path));
            File.WriteAllBytes(path, new byte[YamlRecipe.MaxBytes + 1]);
            Assert.Contains("a recipe has at most 1,048,576", Error(path));
            File.WriteAllText(path, "a: ü", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
            Assert.Equal("a", YamlRecipe.Load(path).Entries[0].Key);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Random_text_is_read_or_refused_but_never_breaks_the_reader() =>
        Gen.String[Gen.OneOf(Gen.Char["ab:-[]{}#&*!|>'\"%@`,?~ \n\t\u0000\ufeff\ud800"], Gen.Char), 0, 40].Sample(yaml =>
        {
            try
            {
                YamlRecipe.Parse("a.yaml", yaml);
            }
            catch (InputException)
            {
                // refused with a message: what a user should see
            }
        }, iter: 20_000);

    private static string Error(string path) => Assert.ThrowsAny<InputException>(() => YamlRecipe.Load(path)).Message;
}
