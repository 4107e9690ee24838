using System.Net;
using GaleraGate.Daemon.Http;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Tests.Http;

/// <summary>The names under which a host's pages are answered without any configuration.</summary>
public sealed class OwnNamesTests
{
    [Theory]
    [InlineData("", true)]
    [InlineData("10.0.0.1", true)]
    [InlineData("[fd00::1]", true)]
    [InlineData("localhost", true)]
    [InlineData("n1.localhost", true)]
    [InlineData("db1", true)]
    [InlineData("db2.example.com", true)]
    [InlineData("DB2.Example.Com.", true)]
    [InlineData("db1.example.com", true)]
    [InlineData("db1.evil.example", false)]
    [InlineData("10.0.0.1.evil.example", false)]
    [InlineData("127.1", false)]
    [InlineData("localhost.evil.example", false)]
    public async Task An_address_or_a_name_of_this_host_is_accepted(string host, bool isOwn) =>
        Assert.Equal(isOwn, await Names().IncludeAsync(host, null));

    [Fact]
    public async Task The_resolver_is_asked_at_most_once_a_minute()
    {
        var asked = 0;
        var names = Names(() => asked++);
        for (var i = 0; i < 100; i++)
        {
            Assert.False(await names.IncludeAsync($"name{i}.evil.example", IPAddress.Loopback));
        }

        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task A_hanging_resolver_counts_as_having_no_name()
    {
        var names = new OwnNames(
            [], (_, _) => new TaskCompletionSource<IReadOnlyList<string>>().Task, Clock.OfThisHost());

        Assert.False(await names.IncludeAsync("db1.example.com", null));
    }

    private static OwnNames Names(Action? asked = null) => new(["n1", "db2.example.com"], (_, _) =>
    {
        asked?.Invoke();
        return Task.FromResult<IReadOnlyList<string>>(["db1", "db1.example.com"]);
    }, Clock.OfThisHost());
}
