using System.Text;
using GaleraGate.Daemon.Mysqlchk;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain;
using GaleraGate.Infrastructure.Addresses;

namespace GaleraGate.Fuzzing.Targets;

/// <summary>Times, spans, addresses and the script's own command line, one word a line.</summary>
internal static class Arguments
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 3, 14, 0, TimeSpan.Zero);

    public static IEnumerable<byte[]> Seeds() =>
        new[]
        {
            "now\nyesterday 23:00\n-2h\n2 hours ago\n+5min\n@1700000000.5\n",
            "2026-11-21T03:14:00Z\n2026-11-21\n03:14",
            "1.5s\n250ms\n2m\n1h\n3 weeks 2 days ago\n9999-12-31 23:59\n",
            "10.0.0.1\n010.0.0.1\n::1\n::ffff:10.0.0.1\n",
            "10.0.0.0/8\nfe80::/10\n*:9200\n[::1]:9200\nlocalhost:1\n",
            "-m3308\n-dv\n--mirror-port\n3308\n-a6=::/0\n",
            "-u\nx\n-p\ny\n-i\n0.5\n--source-address=10.0.0.1/8\n--real\n3306\n",
            "-a\n10.0.0.0/8,1.2.3.4\n-R\n-D\n",
        }.Select(Encoding.UTF8.GetBytes);

    public static void Run(byte[] input)
    {
        var words = Encoding.UTF8.GetString(input).Split('\n', '\r');
        foreach (var word in words)
        {
            _ = TimeArgument.Parse(word, Now);
            _ = ListenAddress.Parse(word);
            _ = HostAddress.IsName(word);
            if (Duration.Parse(word) is { } duration)
            {
                Check.That(
                    Duration.Parse(Duration.Format(duration)) is { } again
                        && Duration.Format(again) == Duration.Format(duration),
                    $"{word} is {Duration.Format(duration)}");
            }

            if (HostAddress.Parse(word) is { } address)
            {
                Check.Equal(address, HostAddress.Parse($"{address}"), "an address");
            }

            if (HostAddress.ParseNetwork(word) is { } network)
            {
                Check.Equal(network, HostAddress.ParseNetwork($"{network}"), "a network");
            }
        }

        _ = Check.Refusable(() =>
        {
            var arguments = ScriptOptions.Parse([.. words.Where(word => !word.Contains('\0'))]);
            return arguments.AsRunOptions().Concat(arguments.WithoutSecrets()).ToList();
        });
    }
}
