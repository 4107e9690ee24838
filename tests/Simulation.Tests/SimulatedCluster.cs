using System.Globalization;
using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Galera;

namespace GaleraGate.Simulation.Tests;

/// <summary>
/// Nodes that take only the steps a provider takes, with what each shows to a client. A node's layers change one after
/// the other, some milliseconds apart, so a poll may see a mixture of old and new.
/// </summary>
internal sealed class SimulatedCluster(VirtualTime time, Random random, int size)
{
    private ulong _view = 1;

    public IReadOnlyList<SimulatedServer> Servers { get; } =
    [.. Enumerable.Range(1, size).Select(number => new SimulatedServer(time, random, number))];

    /// <summary>Members of the primary component, as far as they know.</summary>
    private List<SimulatedServer> Members => [.. Servers.Where(server => server.IsMember)];

    public void Begin()
    {
        foreach (var server in Servers)
        {
            server.Start();
            server.BecomeMember(_view, size);
        }
    }

    /// <summary>Cut off from the others: it looks normal for some seconds, then it has no primary component.</summary>
    public void Partition(SimulatedServer server)
    {
        if (server.IsMember)
        {
            time.After(random.Next(2000, 3500) / 1000.0, () =>
            {
                if (server.IsMember)
                {
                    server.LosePrimary();
                    ChangeView();
                }
            });
        }
    }

    /// <summary>
    /// A node that lost the primary component, or starts, returns through an incremental transfer; some member is its
    /// donor for a moment.
    /// </summary>
    public void Rejoin(SimulatedServer server, bool fullTransfer = false)
    {
        if (server.IsMember)
        {
            return;
        }

        if (!server.IsRunning)
        {
            server.Start(refuses: true);
        }

        var donor = Members
            .Where(member => member.State == 4 && !member.IsFrozen)
            .OrderBy(_ => random.Next())
            .FirstOrDefault();
        var seconds = fullTransfer ? random.Next(3, 20) : random.Next(200, 300) / 1000.0;
        donor?.Donate(seconds);
        time.After(random.Next(200, 2000) / 1000.0 + seconds, () =>
        {
            if (server.IsRunning && !server.IsMember)
            {
                server.Join();
                ChangeView();
            }
        });
    }

    public void Kill(SimulatedServer server)
    {
        var was = server.IsMember;
        server.Stop();
        if (was)
        {
            time.After(random.Next(10, 2500) / 1000.0, ChangeView);
        }
    }

    /// <summary>All nodes lose the primary component together and get it back after some time.</summary>
    public void Blip(double seconds)
    {
        var members = Members;
        members.ForEach(member => member.LosePrimary());
        time.After(seconds, () =>
        {
            members.Where(member => member.IsRunning).ToList().ForEach(member => member.Join());
            ChangeView();
        });
    }

    private void ChangeView()
    {
        _view++;
        var members = Members;
        members.ForEach(member => member.See(_view, members.Count));
    }
}

/// <summary>One server: what a client sees of it, and how it changes.</summary>
internal sealed class SimulatedServer(VirtualTime time, Random random, int number) : IProbe
{
    public static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, string?> _shown = [];
    private (int Shown, bool Running, bool Frozen, bool Refuses, FitnessPolicy Policy, Verdict Verdict)? _judged;
    private int _shows;
    private TimeSpan _started;
    private bool _refuses;
    private int _life;
    private int _ended;

    public int Number => number;

    public bool IsRunning { get; private set; }

    public bool IsFrozen { get; set; }

    /// <summary>Frozen, it still accepts connections: one statement hangs and not the process.</summary>
    public bool Greets { get; set; }

    public bool Accepts => IsRunning && !_refuses;

    /// <summary>Another after each start and end, and after it ended its connections; none outlives that.</summary>
    public (int Process, int Connections) Life => (_life, _ended);

    /// <summary>Whether it is in the primary component.</summary>
    public bool IsMember { get; private set; }

    public int State { get; private set; }

    public bool IsDesynced { get; private set; }

    /// <summary>What a poll without delays would see now.</summary>
    public Observation Now => !IsRunning || _refuses ? Observation.Failed(ProbeError.Refused)
        : IsFrozen ? Observation.Failed(ProbeError.Timeout)
        : ObservedVariable.ReadAnswer(Rows);

    /// <summary>What it answers now.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Rows =>
        [
            .. _shown,
            KeyValuePair.Create(
                "Uptime",
                (string?)((long)(time.Now - _started).TotalSeconds).ToString(CultureInfo.InvariantCulture)),
        ];

    /// <summary>How a poll would be judged now. The judgement is cached until something changes.</summary>
    public Verdict Truth(FitnessPolicy policy)
    {
        if (_judged is not { } last
            || (last.Shown, last.Running, last.Frozen, last.Refuses, last.Policy)
                != (_shows, IsRunning, IsFrozen, _refuses, policy))
        {
            _judged = last = (_shows, IsRunning, IsFrozen, _refuses, policy, Fitness.Judge(Now, policy));
        }

        return last.Verdict;
    }

    public void Start(bool refuses = false)
    {
        (IsRunning, IsFrozen, IsMember, IsDesynced, _started, _refuses) = (
            true, false, false, false, time.Now, refuses);
        _life++;
        _shown.Clear();
        Show(
            ("wsrep_gcomm_uuid", $"{_life:x8}-0000-11f1-a000-{number:x12}"),
            ("wsrep_cluster_status", "non-Primary"),
            ("wsrep_ready", "OFF"),
            ("wsrep_connected", "ON"),
            ("wsrep_cluster_size", "0"),
            ("wsrep_cluster_conf_id", "18446744073709551615"),
            ("wsrep_last_committed", "1"),
            ("read_only", "OFF"),
            ("wsrep_on", "ON"),
            ("wsrep_sst_method", "rsync"), ("wsrep_desync", "OFF"), ("wsrep_reject_queries", "NONE"));
        Step(0);
    }

    /// <summary>Ends each connection, as KILL and wait_timeout do.</summary>
    public void EndConnections() => _ended++;

    public void Stop() => (IsRunning, IsMember, IsFrozen, _life) = (false, false, false, _life + 1);

    public void BecomeMember(ulong view, int size)
    {
        IsMember = true;
        Show(("wsrep_cluster_status", "Primary"), ("wsrep_ready", "ON"));
        Step(4);
        See(view, size);
    }

    public void See(ulong view, int size) =>
        Show(("wsrep_cluster_conf_id", $"{view}"), ("wsrep_cluster_size", $"{size}"));

    /// <summary>The layers go down one after the other.</summary>
    public void LosePrimary()
    {
        IsMember = false;
        IsDesynced = false;
        Later(
            0, () => Show(("wsrep_cluster_status", "non-Primary"), ("wsrep_cluster_conf_id", "18446744073709551615")));
        Later(random.Next(40), () => Show(("wsrep_ready", "OFF")));
        Later(random.Next(40), () => Step(0));
    }

    /// <summary>After its transfer: joined, and soon synced.</summary>
    public void Join()
    {
        (IsMember, _refuses) = (true, false);
        Step(0);
        Step(1);
        Later(0, () => Show(("wsrep_cluster_status", "Primary")));
        Later(random.Next(1, 200), () => Step(3));
        Later(random.Next(201, 1500), () =>
        {
            Show(("wsrep_ready", "ON"));
            Step(4);
        });
    }

    /// <summary>A donor for some time: from synced through donor and joined back to synced.</summary>
    public void Donate(double seconds)
    {
        Step(2);
        Later(seconds * 1000, () => Step(3));
        Later((seconds * 1000) + random.Next(1, 60), () => Step(4));
    }

    public void Desync(bool on)
    {
        if (on == IsDesynced || !IsMember || (on && State != 4))
        {
            return;
        }

        IsDesynced = on;
        Show(("wsrep_desync", on ? "ON" : "OFF"));
        Step(on ? 2 : 3);
        if (!on)
        {
            Later(random.Next(1, 60), () => Step(4));
        }
    }

    public void Set(string variable, string value) => Show((variable, value));

    public void Set(params (string Name, string? Value)[] values) => Show(values);

    /// <summary>How many times it was polled.</summary>
    public long Polls { get; private set; }

    public async Task<Observation> ObserveAsync(CancellationToken cancellationToken)
    {
        Polls++;
        var started = time.Now;
        await Task.Delay(TimeSpan.FromMicroseconds(random.Next(300, 4000)), time, cancellationToken);
        while (IsRunning && IsFrozen)
        {
            if (time.Now - started >= ProbeTimeout)
            {
                return Observation.Failed(ProbeError.Timeout);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellationToken);
        }

        return Now;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>
    /// Takes only steps that the provider takes; on any other, the provider would have aborted the server.
    /// </summary>
    private void Step(int to)
    {
        if (to == State && _shown.ContainsKey("wsrep_local_state"))
        {
            return;
        }

        var legal =
            !_shown.ContainsKey("wsrep_local_state")
            || NodeTransitions.Step((NodeState)State, (NodeState)State, (NodeState)to, restarted: false).Class
                == StepClass.Direct;
        if (!legal)
        {
            return;
        }

        State = to;
        Show(("wsrep_local_state", $"{to}"), ("wsrep_local_state_comment", ((NodeState)to).ToString()));
    }

    private void Show(params (string Name, string? Value)[] values)
    {
        _shows++;
        foreach (var (name, value) in values)
        {
            _shown[name] = value;
        }
    }

    private void Later(double milliseconds, Action action)
    {
        var life = _life;
        time.After(milliseconds / 1000, () =>
        {
            if (life == _life)
            {
                action();
            }
        });
    }
}
