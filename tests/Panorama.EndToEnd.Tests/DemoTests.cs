using System.Text.Json;
using Microsoft.Playwright;

namespace Panorama.EndToEnd.Tests;

/// <summary>The main job, short, as a user starts it.</summary>
public sealed class DemoTests
{
    private static readonly string[] Stages = ["read", "clean", "tokenizer", "tokenize", "plan", "pretrain", "finetune", "evaluate", "report"];

    [Fact]
    public async Task FromTextToAChatAndAReport()
    {
        using var folder = new TemporaryFolder();
        string run = folder["demo"];
        (int code, string output, string error) = await PanoramaProcess.Run("demo", "--minutes", "1", "--out", run, "--json");
        Assert.True(code == 0, error);
        JsonElement result = JsonDocument.Parse(output.TrimEnd('\n').Split('\n')[^1]).RootElement;
        Assert.InRange(result.GetProperty("val_bpb").GetDouble(), 0.3, 4);
        Assert.InRange(result.GetProperty("baseline_bpb").GetDouble(), 0.2, 4);
        Assert.InRange(result.GetProperty("answer_score").GetDouble(), 0, 1);
        Assert.InRange(result.GetProperty("answer_baseline").GetDouble(), 0.01, 1);
        Assert.True(result.GetProperty("train_tokens").GetInt64() > 10_000);
        Assert.Equal(Stages, result.GetProperty("stages").EnumerateObject().Select(p => p.Name));
        string model = result.GetProperty("model").GetString()!;

        await SameCommandAgainDoesNothing(run, output);
        await ModelAnswers(model);
        await ReportShowsInABrowser(result.GetProperty("report").GetString()!);
    }

    [Fact]
    public async Task TheUsersOwnFiles()
    {
        using var folder = new TemporaryFolder();
        string input = OwnFiles.Write(folder["input"]);
        (int code, string output, string error) = await PanoramaProcess.Run("demo", "--minutes", "0.5", "--input", input, "--out", folder["demo"], "--json");
        Assert.True(code == 0, error);
        Assert.InRange(JsonDocument.Parse(output.TrimEnd('\n').Split('\n')[^1]).RootElement.GetProperty("val_bpb").GetDouble(), 0.1, 8);
        Assert.Contains("broken.txt", File.ReadAllText(Path.Combine(folder["demo"], "corpus", "rejects.jsonl")), StringComparison.Ordinal);
    }

    private static async Task SameCommandAgainDoesNothing(string run, string first)
    {
        (int code, string again, string error) = await PanoramaProcess.Run("demo", "--minutes", "1", "--out", run, "--json");
        Assert.True(code == 0, error);
        Assert.Equal(first.TrimEnd('\n').Split('\n')[^1], again.TrimEnd('\n').Split('\n')[^1]);
        (code, _, error) = await PanoramaProcess.Run("demo", "--minutes", "2", "--out", run, "--json");
        Assert.Equal(2, code);
        Assert.Contains("--fresh", error, StringComparison.Ordinal);
    }

    private static async Task ModelAnswers(string model)
    {
        string[] generate = ["generate", "--model", model, "--prompt", "System.String | ", "--max-tokens", "12", "--temperature", "0", "--json"];
        (int code, string one, string error) = await PanoramaProcess.Run(generate);
        Assert.True(code == 0, error);
        (_, string two, _) = await PanoramaProcess.Run(generate);
        JsonElement first = JsonDocument.Parse(one).RootElement, second = JsonDocument.Parse(two).RootElement;
        Assert.Equal(first.GetProperty("text").GetString(), second.GetProperty("text").GetString());
        Assert.InRange(first.GetProperty("tokens").GetArrayLength(), 1, 12);

        (code, string chat, error) = await PanoramaProcess.Run("chat", "--model", model, "--message", "What does System.String.Trim do?", "--max-tokens", "8", "--json");
        Assert.True(code == 0, error);
        Assert.Equal(JsonValueKind.String, JsonDocument.Parse(chat).RootElement.GetProperty("text").ValueKind);
    }

    private static async Task ReportShowsInABrowser(string report)
    {
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Browser.Path(),
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
        IPage page = await browser.NewPageAsync();
        List<string> problems = [];
        page.Console += (_, message) => problems.Add(message.Text);
        page.PageError += (_, message) => problems.Add(message);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith("file:", StringComparison.Ordinal))
            {
                problems.Add(request.Url);
            }
        };
        await page.GotoAsync(new Uri(Path.GetFullPath(report)).AbsoluteUri);
        Assert.Equal("Panorama demo", await page.InnerTextAsync("h1"));
        Assert.True(await page.Locator("svg").CountAsync() >= 4, "four charts");
        foreach (ILocator chart in await page.Locator("svg").AllAsync())
        {
            LocatorBoundingBoxResult box = (await chart.BoundingBoxAsync())!;
            Assert.True(box.Width > 200 && box.Height > 100, "a chart has a size");
        }

        int overflow = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        Assert.True(overflow <= 0, $"the page is {overflow} pixels too wide");
        Assert.Empty(problems);
    }
}
