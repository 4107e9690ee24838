using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Sockets;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Infrastructure.Galera;
using MySqlConnector;

namespace GaleraGate.Daemon.Drill;

/// <summary>
/// A period in which the service was down for one client: from the beginning of the first failed attempt to the end of
/// the first successful one.
/// </summary>
internal sealed record Outage(
    DateTimeOffset From, DateTimeOffset To, TimeSpan Lasted, int Failed, string Error, bool IsOver);

/// <param name="Answers">How often each answer came; only for a query.</param>
internal sealed record DrillTally(
    int Answered, int Failed, IReadOnlyDictionary<string, int> Answers, IReadOnlyList<Outage> Outages);

/// <summary>
/// Makes one connection after the other. Durations use the monotonic clock; the times are for people.
/// </summary>
internal sealed class DrillClient(Func<CancellationToken, Task<string?>> attempt, TimeSpan timeout)
{
    /// <summary>The most different answers that are counted, in case every answer is different.</summary>
    private const int MaxAnswers = 100;
    private const string Others = "(others)";
    private const int MaxAnswerLength = 64;

    /// <exception cref="FormatException">The target is not valid; the message is one line for people.</exception>
    public static DrillClient For(
        string target, string? query, string? credentials, TimeSpan timeout, Action<string> secretFile)
    {
        var (host, port) =
            target.LastIndexOf(':') is > 0 and var colon
            && ushort.TryParse(target[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number > 0
            ? (target[..colon].Trim('[', ']'), number)
            : throw new FormatException($"--target takes HOST:PORT, not '{target}'");
        if (query is null)
        {
            return new DrillClient(cancellationToken => GreetAsync(host, port, cancellationToken), timeout);
        }

        var server = new MySqlConnectionStringBuilder { UserID = Environment.UserName };
        if (credentials is not null)
        {
            ClientDefaults.Apply(ClientDefaults.Read(credentials, secretFile, ServerAddress.Warn), server);
        }

        (server.ConnectionProtocol, server.Server, server.Port) = (MySqlConnectionProtocol.Sockets, host, port);
        // The query may contain user variables: @name is not a parameter.
        server.AllowUserVariables = true;
        return new DrillClient(
            cancellationToken =>
                ServerConnection.AskAsync(server, connection => QueryAsync(connection, query), cancellationToken),
            timeout);
    }

    /// <summary>Runs until cancelled.</summary>
    /// <param name="say">Called when an outage begins, and again when it ends.</param>
    public async Task<DrillTally> RunAsync(TimeSpan every, Action<Outage> say, CancellationToken cancellationToken)
    {
        var (answered, failed, answers, outages) = (0, 0, new Dictionary<string, int>(), new List<Outage>());
        var (outage, began) = ((Outage?)null, 0L);
        while (!cancellationToken.IsCancellationRequested)
        {
            var (at, started) = (DateTimeOffset.UtcNow, Stopwatch.GetTimestamp());
            var (answer, error) = await AttemptAsync(cancellationToken);
            if (cancellationToken.IsCancellationRequested && error is not null)
            {
                break;
            }

            if (error is not null)
            {
                began = outage is null ? started : began;
                var isFirst = outage is null;
                outage = new Outage(
                    outage?.From ?? at,
                    DateTimeOffset.UtcNow,
                    Stopwatch.GetElapsedTime(began),
                    (outage?.Failed ?? 0) + 1,
                    outage?.Error ?? error,
                    IsOver: false);
                failed++;
                if (isFirst)
                {
                    say(outage);
                }
            }
            else
            {
                answered++;
                if (answer is not null)
                {
                    var counted = answers.ContainsKey(answer) || answers.Count < MaxAnswers ? answer : Others;
                    answers[counted] = answers.GetValueOrDefault(counted) + 1;
                }

                if (outage is not null)
                {
                    outage = outage with
                    {
                        To = DateTimeOffset.UtcNow,
                        Lasted = Stopwatch.GetElapsedTime(began),
                        IsOver = true,
                    };
                    say(outage);
                    outages.Add(outage);
                    outage = null;
                }
            }

            var rest = every - Stopwatch.GetElapsedTime(started);
            if (rest > TimeSpan.Zero)
            {
                await Task.Delay(rest, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        return new DrillTally(answered, failed, answers, outage is null ? outages : [.. outages, outage]);
    }

    private async Task<(string? Answer, string? Error)> AttemptAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            return (await attempt(limit.Token), null);
        }
        catch (OperationCanceledException)
        {
            return (null, "no answer in time");
        }
        catch (Exception e)
            when (limit.IsCancellationRequested && e is MySqlException or IOException or SocketException)
        {
            return (null, "no answer in time");
        }
        catch (Exception e) when (e is MySqlException or IOException or SocketException)
        {
            return (null, Terminal.Plain(e.Message));
        }
    }

    private static async Task<string?> GreetAsync(string host, ushort port, CancellationToken cancellationToken)
    {
        const int HeaderBytes = 4;
        const byte Error = 0xff;
        using var client = new TcpClient();
        await client.ConnectAsync(host, port, cancellationToken);
        var greeting = new byte[HeaderBytes + 1];
        await client.GetStream().ReadExactlyAsync(greeting, cancellationToken);
        return greeting[HeaderBytes] == Error ? throw new IOException("the server answers with an error") : null;
    }

    [SuppressMessage(
        "Security", "CA2100", Justification = "the operator's own query, which is what the drill is asked to run")]
    private static async Task<string?> QueryAsync(MySqlConnection connection, string query)
    {
        await using var command = new MySqlCommand(query, connection);
        return (await command.ExecuteScalarAsync())?.ToString() is { } answer
            ? Terminal.Plain(answer[..Math.Min(answer.Length, MaxAnswerLength)])
            : null;
    }
}
