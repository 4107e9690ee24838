using GaleraGate.Lab;
using Xunit.Abstractions;

namespace GaleraGate.EndToEnd.Tests.Doctor;

/// <summary>
/// The same hosts as in <see cref="KnockTests"/>, with a gate kept by nftables: the doctor reports for each what
/// clients meet there.
/// </summary>
public sealed class KnockOnNftablesTests(ITestOutputHelper output) : IDisposable
{
    private readonly KnockedHost _host = new("nftables");

    public void Dispose() => _host.Dispose();

    /// <summary>What differs from another row for a reason unrelated to the backend.</summary>
    private static readonly string[] Alike = ["mangle", "REJECT", "--sport 3306", "ip f p", "-N nl"];

    /// <summary>
    /// The iptables rows, except a redirect from another program: the gate's own nftables chain comes before it.
    /// </summary>
    public static TheoryData<string, Meets, string, string> Hosts()
    {
        var hosts = new TheoryData<string, Meets, string, string>();
        foreach (var row in KnockTests.Hosts())
        {
            var (rules, meets, severity, says) = ((string)row[0], (Meets)row[1], (string)row[2], (string)row[3]);
            if (Alike.Any(word => rules.Contains(word, StringComparison.Ordinal)))
            {
                continue;
            }

            if (rules.Contains("--to-ports 4000", StringComparison.Ordinal))
            {
                (meets, severity, says) = (Meets.Server, "ok", "meets the server at 10.77.0.1");
            }

            hosts.Add(rules, meets, severity, says);
        }

        return hosts;
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public void At_an_open_gate_doctor_reports_what_a_client_experiences(
        string rules, Meets meets, string severity, string says)
    {
        _host.Open();
        _host.Server.Run("sh", "-c", rules);

        var lines = _host.Examine();

        var line = lines["knock-ipv4"];
        output.WriteLine($"{rules}\n{line.Severity} knock-ipv4: {line.Says}\n  {line.Mend}");
        Assert.Equal(meets, GatePort.Meet(_host.Client, "10.77.0.1", milliseconds: 1000));
        Assert.True(line.Severity == severity && line.Says.Contains(says, StringComparison.Ordinal), line.ToString());
        Assert.StartsWith("nftables: --firewall nftables", lines["firewall"].Says, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(KnockTests.Closed), MemberType = typeof(KnockTests))]
    public void At_a_closed_gate_an_immediate_refusal_is_not_an_error(
        string rules, string severity, string says, string? mend)
    {
        _host.Listen("0.0.0.0");
        _host.Server.Run("sh", "-c", rules);

        var line = _host.Examine()["knock-ipv4"];

        Assert.True(line.Severity == severity && line.Says.Contains(says, StringComparison.Ordinal), line.ToString());
        Assert.Equal(mend, line.Mend);
    }

    [Theory]
    [MemberData(nameof(KnockTests.OfDistributions), MemberType = typeof(KnockTests))]
    public void Doctor_reports_what_clients_experience_beside_each_distributions_firewall(
        string setUp, Meets meets, string severity, string says)
    {
        using var host = KnockTests.With(_host.Server, setUp);
        _host.Open();

        var line = _host.Examine()["knock-ipv4"];

        output.WriteLine($"{setUp}\n{line.Severity} knock-ipv4: {line.Says}\n  {line.Mend}");
        Assert.Equal(meets, GatePort.Meet(_host.Client, "10.77.0.1", milliseconds: 1000));
        Assert.True(line.Severity == severity && line.Says.Contains(says, StringComparison.Ordinal), line.ToString());
    }
}
