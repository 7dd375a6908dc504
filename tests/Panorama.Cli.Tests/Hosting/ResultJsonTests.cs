using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;

namespace Panorama.Cli.Tests.Hosting;

public sealed class ResultJsonTests
{
    [Fact]
    public void Everything_a_verb_returns_is_one_line_of_valid_json()
    {
        var result = new JsonObject
        {
            ["text"] = "a\nb <中文> \"q\"",
            ["ids"] = JsonValue.Create((int[])[1, 2]),
            ["nan"] = double.NaN,
            ["inner"] = new JsonObject { ["infinite"] = float.PositiveInfinity, ["list"] = new JsonArray(1, double.NegativeInfinity, null) },
        };
        Assert.Equal("{\"text\":\"a\\nb <中文> \\\"q\\\"\",\"ids\":[1,2],\"nan\":null,\"inner\":{\"infinite\":null,\"list\":[1,null,null]}}", ResultJson.Line(result));
    }
}
