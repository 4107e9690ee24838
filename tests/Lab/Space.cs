using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace GaleraGate.Lab;

/// <summary>A network namespace of the lab.</summary>
public sealed partial class Space(string name)
{
    private const int NewNetwork = 0x40000000;

    public string Name { get; } = name;

    /// <summary>Runs a command inside the namespace.</summary>
    /// <exception cref="InvalidOperationException">The command failed.</exception>
    public string Run(string command, params IEnumerable<string> arguments) =>
        Shell.Run("ip", ["netns", "exec", Name, command, .. arguments]);

    public (int ExitCode, string Output, string Error) Try(string command, params IEnumerable<string> arguments) =>
        Shell.Try("ip", ["netns", "exec", Name, command, .. arguments]);

    public System.Diagnostics.Process Start(string command, params IEnumerable<string> arguments) =>
        Shell.Start("ip", ["netns", "exec", Name, command, .. arguments]);

    /// <summary>
    /// Runs code on a thread that is inside the namespace; sockets and processes that the code creates belong to it.
    /// </summary>
    public T Enter<T>(Func<T> inside)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var space = File.OpenHandle($"/run/netns/{Name}");
                if (SetNamespace((int)space.DangerousGetHandle(), NewNetwork) != 0)
                {
                    throw new InvalidOperationException($"setns to {Name}: errno {Marshal.GetLastPInvokeError()}");
                }

                result = inside();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }

    /// <summary>
    /// Runs asynchronous code on one thread that stays inside the namespace. What the code awaits resumes on that
    /// thread, never in the host's namespace.
    /// </summary>
    public Task EnterAsync(Func<Task> inside) => Task.Run(() => Enter(() =>
    {
        using var pump = new Pump();
        SynchronizationContext.SetSynchronizationContext(pump);
        var task = inside();
        _ = task.ContinueWith(_ => pump.Complete(), TaskScheduler.Default);
        pump.RunUntilComplete();
        task.GetAwaiter().GetResult();
        return true;
    }));

    /// <summary>
    /// Listens inside the namespace and greets every connection as a server does, for tests of what leads there.
    /// </summary>
    public Socket Greet(IPAddress address, int port) => Enter(() =>
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            listener.DualMode = false;
        }

        listener.Bind(new IPEndPoint(address, port));
        listener.Listen();
        // A dedicated thread, because tests that wait for a greeting may occupy every thread of the pool.
        new Thread(() => GreetAll(listener)) { IsBackground = true }.Start();
        return listener;
    });

    /// <summary>Runs until the listener is disposed.</summary>
    private static void GreetAll(Socket listener)
    {
        while (true)
        {
            try
            {
                using var client = listener.Accept();
                _ = client.Send([1, 0, 0, 0, 10]);
            }
            catch (SocketException e) when (e.SocketErrorCode
                is SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown)
            {
                // This client is gone; the next one is still greeted.
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int fd, int type);

    private sealed class Pump : SynchronizationContext, IDisposable
    {
        private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> _posted = [];

        public override void Post(SendOrPostCallback d, object? state)
        {
            try
            {
                _posted.Add((d, state));
            }
            catch (InvalidOperationException)
            {
                // What goes on after the test's end stops here: on another thread it would change the host's rules.
            }
        }

        public void Complete() => _posted.CompleteAdding();

        public void RunUntilComplete()
        {
            foreach (var (callback, state) in _posted.GetConsumingEnumerable())
            {
                callback(state);
            }
        }

        public void Dispose() => _posted.Dispose();
    }
}
