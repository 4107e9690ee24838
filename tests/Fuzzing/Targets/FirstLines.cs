using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using GaleraGate.Daemon.Http;
using Microsoft.AspNetCore.Connections;

namespace GaleraGate.Fuzzing.Targets;

/// <summary>
/// The first bytes of a connection are either answered completely or left to HTTP completely, with nothing consumed.
/// The first byte of the input decides how the rest is split.
/// </summary>
internal static class FirstLines
{
    public static IEnumerable<byte[]> Seeds() =>
        new[]
        {
            "\u0001GET /\r\n",
            "\u0002GET / HTTP/1.0\r\nHost: x\r\n\r\n",
            "\u0005\r\n",
            "\u0003HEAD /synced\n",
            "\u0004",
            "\u0007OPTIONS *\nGET /\n",
            "\u0001POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
            "\u0009" + new string('a', 5000),
        }.Select(Encoding.Latin1.GetBytes);

    public static void Run(byte[] input)
    {
        if (input.Length == 0)
        {
            return;
        }

        var (size, said) = (input[0] + 1, input[1..]);
        // No limit: what stands for HTTP here reads all before it consumes any, so a writer must not wait for it.
        var (asked, answered) = (new Pipe(new PipeOptions(pauseWriterThreshold: 0)), new Pipe());
        var connection = new DefaultConnectionContext
        {
            Transport = new Duplex(asked.Reader, answered.Writer),
        };
        byte[]? left = null;
        var serving = FirstLine.ServeAsync(
            connection,
            path => path == "/" ? new HealthAnswer(true, "fit") : null,
            async http =>
            {
                var read = await http.Transport.Input.ReadAtLeastAsync(said.Length + 1);
                left = read.Buffer.ToArray();
            });
        foreach (var piece in said.Chunk(size))
        {
            _ = asked.Writer.WriteAsync(piece).AsTask().Wait(1000);
        }

        asked.Writer.Complete();
        Check.That(serving.Wait(TimeSpan.FromSeconds(5)), "it is not served");
        if (left is not null)
        {
            Check.Equal(Convert.ToHexString(said), Convert.ToHexString(left), "what is left for HTTP");
            return;
        }

        _ = answered.Reader.TryRead(out var answer);
        var text = Encoding.UTF8.GetString(answer.Buffer.ToArray());
        var parts = text.Split("\r\n\r\n", 2);
        Check.That(parts.Length == 2 && text.StartsWith("HTTP/1.0 "), $"an answer of no HTTP: {text}");
        Check.That(
            parts[0].Contains($"Content-Length: {Encoding.UTF8.GetByteCount(parts[1])}"), $"of another length: {text}");
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
