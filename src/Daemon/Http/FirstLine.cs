using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Connections;

namespace GaleraGate.Daemon.Http;

/// <summary>
/// Serves monitors whose requests Kestrel does not accept: a hardware balancer whose default is <c>GET /</c> without a
/// version, and a bare connection that sends nothing, which a check behind xinetd used to answer. They get the whole
/// response; all other requests pass through.
/// </summary>
internal static class FirstLine
{
    /// <summary>A client that has sent nothing after this time is waiting for the answer.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    private const int MaxLineBytes = 4096;

    /// <param name="check">The answer to a path; null if the path is unknown.</param>
    public static async Task ServeAsync(
        ConnectionContext connection, Func<string, HealthAnswer?> check, ConnectionDelegate http)
    {
        if (await OldRequestAsync(connection) is not { } path)
        {
            await http(connection);
            return;
        }

        var answer = check(path) ?? new HealthAnswer(false, $"there is no {path}");
        var body = answer.Body;
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.0 {(answer.IsGood ? "200 OK" : "503 Service Unavailable")}\r\nContent-Type: "
            + $"text/plain\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n");
        _ = await connection.Transport.Output.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. body]);
        await connection.Transport.Output.CompleteAsync();
    }

    /// <summary>
    /// The path of a request without a version, / if nothing was sent; null if HTTP must answer. In that case nothing
    /// is consumed.
    /// </summary>
    private static async Task<string?> OldRequestAsync(ConnectionContext connection)
    {
        using var silent = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        silent.CancelAfter(Silence);
        var examined = 0L;
        while (true)
        {
            System.IO.Pipelines.ReadResult read;
            try
            {
                read = await connection.Transport.Input.ReadAsync(silent.Token);
            }
            catch (OperationCanceledException)
            {
                return examined == 0 ? "/" : null;
            }

            var line = LineOf(read.Buffer);
            if (line is not null || read.IsCompleted || read.Buffer.Length > MaxLineBytes)
            {
                // Mark old bytes as examined, but leave new ones for the next reader.
                connection.Transport.Input.AdvanceTo(read.Buffer.Start, read.Buffer.GetPosition(examined));
                return line is null ? (read.Buffer.Length == 0 ? "/" : null) : PathOf(line);
            }

            examined = read.Buffer.Length;
            connection.Transport.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static string? LineOf(ReadOnlySequence<byte> buffer) =>
        buffer.PositionOf((byte)'\n') is { } end ? Encoding.ASCII.GetString(buffer.Slice(0, end)).TrimEnd('\r') : null;

    private static string? PathOf(string line) =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["GET" or "HEAD" or "OPTIONS", var path] ? path
        : line.Length == 0 ? "/"
        : null;
}
