using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Properties;

/// <summary>
/// The gate exactly as the rules read, computed from the whole history without counters: slow, simple, and written
/// independently of the decider. It gives what clients should meet after each signal.
/// </summary>
internal sealed class SpecifiedGate(Policy given)
{
    private readonly GatePolicy _policy = given.Gate;
    private readonly List<(TimeSpan At, Verdict Verdict)> _row = [];
    private readonly List<TimeSpan> _unplannedCloses = [];
    private TimeSpan _openAfter = given.Gate.OpenAfter;
    private TimeSpan? _replicated;
    private Observation? _answer;
    private string? _provider;
    private Holds _holds;

    public bool IsOpen { get; private set; }

    public bool IsHeld => _holds != Holds.None;

    public void Take(Signal signal)
    {
        switch (signal)
        {
            case Observed { Observation: { Error: ProbeError.None } answer } observed:
                // A restart between two observations: how long the node was away is unknown.
                if (Restarted(answer))
                {
                    EndFitness();
                    _provider = null;
                }

                _answer = answer;
                _provider = answer.NamedProvider ?? _provider;
                Judge(observed.At.Monotonic, VerdictOf(answer, observed.At.Monotonic));
                break;
            case Stalled:
                EndFitness();
                break;
            case Observed observed:
                Judge(observed.At.Monotonic, Fitness.Judge(observed.Observation, given.Fitness));
                break;
            case HoldRequested hold:
                Close(hold.At.Monotonic, planned: true, "held");
                _holds |= hold.Hold;
                break;
            case HoldReleased hold when _holds.HasFlag(hold.Hold):
                // What was observed while it was held does not count.
                _holds &= ~hold.Hold;
                _row.Clear();
                break;
            default:
                break;
        }
    }

    private bool Restarted(Observation answer) =>
        answer.IsYoungerThan(_answer)
        || (_provider is { } last && answer.NamedProvider is { } named && named != last);

    /// <summary>What an operator may allow, in the words of the options' help.</summary>
    private Verdict VerdictOf(Observation answer, TimeSpan now)
    {
        var strict = given.Fitness with { LastResortDonor = false, ReplicaGrace = TimeSpan.Zero };
        var verdict = Fitness.Judge(answer, strict);
        var isLastResort = given.Fitness.LastResortDonor
            && verdict.Reasons == Reasons.DonorBlocking
            && answer.OtherGates == "closed";
        var isGraced = verdict.Reasons == Reasons.ReplicaStopped
            && answer.ReplicaConnecting.Is(true)
            && now - _replicated < given.Fitness.ReplicaGrace;
        _replicated = given.Fitness.Mode == ServerMode.Replica && verdict.IsFit ? now : _replicated;
        return isLastResort || isGraced ? new Verdict(Reasons.None, verdict.NodeState) : verdict;
    }

    private void EndFitness()
    {
        if (_row.Count > 0 && _row[^1].Verdict.IsFit)
        {
            _row.Clear();
        }
    }

    private void Judge(TimeSpan now, Verdict verdict)
    {
        if (_row.Count > 0 && _row[^1].Verdict.IsFit != verdict.IsFit)
        {
            _row.Clear();
        }

        _row.Add((now, verdict));
        var lasted = now - _row[0].At;
        if (verdict.IsFit)
        {
            IsOpen |= !IsHeld && _row.Count >= _policy.Rise && lasted >= _openAfter;
        }
        else if (verdict.Pace == Pace.Immediate || (_row.Count >= _policy.Fall && lasted >= _policy.CloseAfter))
        {
            Close(now, planned: false, verdict.Headline);
        }
    }

    private void Close(TimeSpan now, bool planned, string reason)
    {
        if (!IsOpen)
        {
            return;
        }

        // Each unplanned close so far, halved with every half-life since.
        var penalty = _unplannedCloses.Sum(at => Math.Pow(0.5, (now - at) / GatePolicy.HalfLife));
        var cap =
            !planned && reason is "non-primary" or "disconnected"
                ? Math.Min(5, _policy.OpenAfterMax.TotalSeconds)
                : _policy.OpenAfterMax.TotalSeconds;
        _openAfter = TimeSpan.FromSeconds(Math.Min(cap, _policy.OpenAfter.TotalSeconds * Math.Pow(2, penalty)));
        IsOpen = false;
        if (!planned)
        {
            _unplannedCloses.Add(now);
        }
    }
}
