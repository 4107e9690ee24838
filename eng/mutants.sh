#!/usr/bin/env bash
# Shows that the tests of the rules can fail: breaks one rule after the other in a copy and runs the tests on it. Each
# fault must be caught. These are faults that a person could make; eng/stryker.sh makes every small one in a folder. The
# Domain's tests try the rules of the Domain; the simulation, and then the tests that name the class, try what surrounds
# them. An argument selects the mutants whose name matches it.
# Each mutant is a line: what it breaks ^ file below src ^ the correct code ^ the broken code.
set -uo pipefail
cd "$(dirname "$0")/.."
# The analyzers take most of a build's time and find nothing in a mutant.
export RunAnalyzers=false
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z | xargs -0 cp --parents -t "$copy"
caught=0 survived=0

# What must find a mutant of this file, a project and a filter for each step. The quick tests come first: a mutant that
# survives them must survive all.
steps() { # FILE
    local own
    case "$1" in
        Domain/*)
            echo 'Domain.Tests FullyQualifiedName!~Exploration&FullyQualifiedName!~FlapBound'
            echo Domain.Tests
            ;;
        *)
            echo Simulation.Tests
            own=$(grep -lrw "$(basename "$1" .cs)" tests/Infrastructure.Tests --include='*Tests.cs' |
                xargs -rn1 basename -s .cs | sed 's/^/FullyQualifiedName~./' | paste -sd'|')
            [ -z "$own" ] || echo "Infrastructure.Tests $own"
            ;;
    esac
}

# 0: the tests pass; 1: they fail; 2: it does not build.
try() { # FILE
    local all step tests filter
    mapfile -t all < <(steps "$1")
    for step in "${all[@]}"; do
        read -r tests filter <<< "$step"
        (cd "$copy" && dotnet build "tests/$tests" -c Release --nologo -v quiet > "$copy/build.log" 2>&1) ||
            { grep -m1 -E 'error' "$copy/build.log"; return 2; }
        (cd "$copy" && SIMULATION_SECONDS=5 dotnet test "tests/$tests" -c Release --no-build --nologo \
            --filter "$filter" > "$copy/test.log" 2>&1) || return 1
    done
}

declare -A whole
# The tests must pass without a mutant, or their results mean nothing.
must_pass() { # FILE
    local all
    all=$(steps "$1")
    [ -n "${whole[$all]:-}" ] || { try "$1" && whole[$all]=yes; } ||
        { echo "the tests of $1 fail without a mutant:"; tail -n 20 "$copy/test.log" "$copy/build.log"; exit 2; }
}

while IFS='^' read -r name file old new; do
    [[ -n "$name" && "$name" =~ ${1:-.} ]] || continue
    must_pass "$file"
    path="$copy/src/$file"
    cp "$path" "$copy/kept"
    OLD=$old NEW=$new perl -0pi -e 's/\Q$ENV{OLD}\E/$ENV{NEW}/' "$path"
    if cmp -s "$path" "$copy/kept"; then
        echo "NOT APPLIED  $name: the code has changed: correct eng/mutants.sh"
        survived=$((survived + 1))
        continue
    fi
    try "$file"
    case $? in
        0) echo "SURVIVED     $name"; survived=$((survived + 1)) ;;
        1) echo "caught       $name ($(grep -cE '^  Failed ' "$copy/test.log") tests)"; caught=$((caught + 1)) ;;
        *) echo "NOT BUILT    $name"; survived=$((survived + 1)) ;;
    esac
    cp "$copy/kept" "$path"
done <<'MUTANTS'
rise is one less^Domain/Gate/RunLength.cs^Count >= count^Count + 1 >= count
a time that is just reached does not count^Domain/Gate/RunLength.cs^now.Since(First) >= duration^now.Since(First) > duration
a run is not ended when fitness turns^Domain/Gate/RunLength.cs^Count > 0 && fit == Fit^Count > 0
the first of a run moves on^Domain/Gate/RunLength.cs^this with { Count = Count + 1 }^this with { Count = Count + 1, First = at }
the penalty does not decay^Domain/Gate/Penalty.cs^Value * Math.Pow(2, -(elapsed / halfLife))^Value
the penalty survives a boot^Domain/Gate/Penalty.cs^ : 0;^ : Value;
open-after ignores its cap^Domain/Gate/Penalty.cs^wanted < cap.TotalSeconds ? TimeSpan.FromSeconds(wanted) : cap^TimeSpan.FromSeconds(wanted)
an unplanned close adds nothing to the penalty^Domain/Gate/GateMoves.cs^unfit ? penalty + 1 : penalty^penalty
a planned close adds to the penalty^Domain/Gate/GateMoves.cs^unfit ? penalty + 1 : penalty^penalty + 1
the cap of cluster-wide closes is not applied^Domain/Gate/GateMoves.cs^strikesAll && policy.OpenAfterMax >^!strikesAll && policy.OpenAfterMax >
fall and close-after are not waited for^Domain/Gate/GateMoves.cs^: GateTrigger.Unfit,^: GateTrigger.UnfitLongEnough,
an immediate reason is debounced^Domain/Gate/GateMoves.cs^Pace.Immediate => GateTrigger.UnfitAtOnce^Pace.Immediate => GateTrigger.Unfit
the first unfit observation does not close an adopted gate^Domain/Gate/GateMoves.cs^|| memory is { FitSeen: false, UnfitSeen: true }^|| memory.Stopping
a held gate is adopted^Domain/Gate/GateTransitions.cs^.Ignore(Adopt).Ignore(Lapse).Ignore(Hold).Permit(Release, Closed)^.Permit(Adopt, Open).Ignore(Lapse).Ignore(Hold).Permit(Release, Closed)
a release opens^Domain/Gate/GateTransitions.cs^.Ignore(Hold).Permit(Release, Closed)^.Ignore(Hold).Permit(Release, Opening)
what was seen while held counts^Domain/Gate/GateDecider.cs^HoldReleased hold when state.Holds.HasFlag(hold.Hold) => memory with { Run = default }^HoldReleased hold when state.Holds.HasFlag(hold.Hold) => memory
a release without a hold restarts the count^Domain/Gate/GateDecider.cs^HoldReleased hold when state.Holds.HasFlag(hold.Hold) => memory with^HoldReleased => memory with
a redirect is adopted although the node was seen unfit^Domain/Gate/RuleDecisions.cs^reported.Opened == opened && !memory.UnfitSeen^reported.Opened == opened
a daemon that starts opens with the base alone^Domain/Gate/DaemonDecisions.cs^_ => state.OpenAfter^_ => policy.OpenAfter
a held verdict loses its hold^Domain/Gate/Judgement.cs^holds == Holds.None ? Reasons.None : Reasons.Held^Reasons.None
opening does not wait for the disk^Domain/Gate/Redirect.cs^opened <= memory.Synced || ^opened <= long.MaxValue || 
a required journal is not waited for^Domain/Gate/Redirect.cs^memory.JournalTrouble is not null && !memory.Policy.Gate.RequireJournal^memory.JournalTrouble is not null
a donor is fit whatever its method^Domain/Galera/Fitness.cs^o.NodeState == NodeState.Donor && !policy.NonblockingSstMethods.Contain(o.SstMethod)^o.NodeState == NodeState.Unknown
methods compare without regard to case^Domain/Galera/FitnessPolicy.cs^names.ToImmutableSortedSet(StringComparer.Ordinal)^names.ToImmutableSortedSet(StringComparer.OrdinalIgnoreCase)
only Inconsistent in the number counts^Domain/Galera/Observation.cs^ProbeError.None when SaysInconsistent => NodeState.Inconsistent^ProbeError.None when SaysInconsistent && LocalState.Value == 5 => NodeState.Inconsistent
a missing read_only is fit^Domain/Galera/Fitness.cs^|| o.ReadOnly.IsMissing^|| o.ReadOnly.IsUnreadable
NO_LOCK is not read-only^Domain/Galera/Reading.cs^Of<bool>(text, !(Same(text, "OFF") || text == "0"))^Of<bool>(text, Same(text, "ON") || text == "1")
a mark is left at its high value^Domain/Galera/Fitness.cs^value >= m.Low^value > m.High
a timeout closes at once^Domain/Galera/Reasons.cs^"timeout", Pace.Debounced^"timeout", Pace.Immediate
the headline is the last reason^Domain/Galera/Reasons.cs^BitOperations.TrailingZeroCount((uint)reasons)^BitOperations.Log2((uint)reasons)
Donor to Synced is a direct step^Domain/Galera/NodeTransitions.cs^[NodeState.Donor] = [NodeState.Initialized, NodeState.Joined,^[NodeState.Donor] = [NodeState.Initialized, NodeState.Synced, NodeState.Joined,
Joined to Donor is not a step^Domain/Galera/NodeTransitions.cs^[NodeState.Joined] = [NodeState.Initialized, NodeState.Donor,^[NodeState.Joined] = [NodeState.Initialized,
another provider is not a restart if the uptime does not fall^Domain/Gate/News.cs^isOtherProvider ? Restarted.Provider : null^null
lease: a lapse closes nothing^Domain/Gate/GateTransitions.cs^.Permit(Lapse, Closed)^.Ignore(Lapse)
lease: what was seen before a lapse counts^Domain/Gate/GateDecider.cs^lapsed when lapsed.Opened == state.Opened => memory with { Run = default }^lapsed when lapsed.Opened == state.Opened => memory
lease: a redirect is adopted although it lapsed^Domain/Gate/GateFold.cs^LeaseLapsed => state with { Leased = null, Opened = null, Adoptable = null }^LeaseLapsed => state with { Leased = null }
lease: a close leaves the entry^Infrastructure/Firewall/LeaseWorker.cs^await TellAsync(lease.Drop(), cancellationToken);^await TellAsync(null, cancellationToken);
lease: a lapsed one is taken up again^Infrastructure/Firewall/LeaseWorker.cs^at.Since(since) >= lease.Length^at.Since(since) >= TimeSpan.FromDays(1)
lease: an adopted one counts from now^Infrastructure/Firewall/LeaseWorker.cs^opened <= recorded ? _created : null^null
an opening that was granted is withdrawn by the disk^Domain/Gate/Redirect.cs^memory.Granted == state.Opened || ^
what comes during a stop is not judged^Domain/Gate/GateDecider.cs^Observed observed => NodeDecisions.Observe(^Observed observed when !memory.Stopping => NodeDecisions.Observe(
a daemon that ends opens^Domain/Gate/NodeDecisions.cs^memory.Stopping && !state.Phase.LetsTrafficIn()^memory.Stopping && state.Seq < 0
time that the daemon stood still is fitness^Domain/Gate/GateDecider.cs^, Run = memory.Run.Fit ? default : memory.Run }^ }
a stall forgets unfitness^Domain/Gate/GateDecider.cs^, Run = memory.Run.Fit ? default : memory.Run }^, Run = default }
what was seen before a stall counts^Domain/Gate/GateDecider.cs^(true, true, _) => default,^(true, true, _) => memory.Run.Next(isFit, at),
a restart between two polls is fitness^Domain/Gate/GateDecider.cs^(true, _, true) => default(RunLength).Next(fit: true, at)^(true, _, true) => memory.Run.Next(isFit, at)
a provider that names no uuid is forgotten^Domain/Gate/GateDecider.cs^?? (sight.Restart is null ? memory.Provider : null)^
a data disk that has not answered is well^Domain/Gate/GateFold.cs^started.DiskProbe is true ? GateState.DiskUnknown : null^null
a data disk that has not answered closes what was taken over^Domain/Gate/GateMoves.cs^memory is { FitSeen: false, UnfitSeen: true }^!memory.FitSeen
a data disk that has not answered is an unfit node^Domain/Gate/Judgement.cs^DiskTrouble == GateState.DiskUnknown ? Server : Under(Holds.None)^Under(Holds.None)
a late answer of the data disk counts^Infrastructure/Disk/DiskProbe.cs^            if (isInTime)^            if (isInTime || trying.IsCompleted)
suspended time does not count^Infrastructure/Linux/Clock.cs^sinceBoot(), boot^sinceBoot() < TimeSpan.Zero ? default : TimeSpan.FromTicks(time.GetTimestamp()), boot
a stall is never noticed^Daemon/Loop/StallWatch.cs^late > StallsAfter^late > TimeSpan.FromDays(1)
a hung server is asked more rarely than its lease allows^Daemon/Loop/Prober.cs^left < LongestPause ? left^left < TimeSpan.Zero ? left
repetitions are not counted^Domain/Gate/GateDecider.cs^memory.Repeats.Count + 1^memory.Repeats.Count
tables that others changed are not looked at again^Infrastructure/Firewall/RedirectWorker.cs^ || asked is null || asked != _generation))^))
a failed change is not tried again^Infrastructure/Firewall/RedirectWorker.cs^_generation = failed || result.HasChanged ? null : asked;^(_reached, _isSound, _generation) = (wish, true, asked);
what a change found before it is not reported^Infrastructure/Iptables/IptablesGate.cs^return (before.Redirects, facts, elapsed);^return (null, facts, elapsed);
a command that was ended half-way counts as one that did nothing^Infrastructure/Iptables/IptablesGate.cs^again.Succeeded ? TableRules.Read(wanted.Chain, again.Output) : before^again.Succeeded ? before : before
a redirect of another program in our chain stays^Infrastructure/Iptables/TableRules.cs^other.Rules is not null && Rules.SequenceEqual(other.Rules)^other.Rules is not null && Rules.Count >= other.Rules.Count
a torn end is left^Infrastructure/Journal/TornEnd.cs^        stream.SetLength(end);^        stream.SetLength(stream.Length);
a server that hangs is asked ever more rarely before the gate is closed^Daemon/Loop/Prober.cs^Math.Clamp(timeouts - fall, 0, 10)^Math.Clamp(timeouts + 2, 0, 10)
a gate that closes names no verdict^Domain/Gate/NodeDecisions.cs^decision.Add(Move(state, memory, observed.At), verdict);^decision.Add(Move(state, memory, observed.At), input);
a hold's verdict names no hold^Domain/Gate/HoldDecisions.cs^decision.Add(held, placed)^decision.Add(held, state.LastInput)
a repair does not name its drift^Domain/Gate/RuleDecisions.cs^decision.AddAll(DriftAround(result)) ?? found^decision.AddAll(DriftAround(result))
a rule does not name the event that wanted it^Domain/Gate/RuleDecisions.cs^decision.AddAll(EventsOf(state, result), result.Cause);^decision.AddAll(EventsOf(state, result));
a hold is not folded at the start^Daemon/Loop/Snapshot.cs^(GateDecider.Evolve(state, envelope), standing.After(envelope))^(state with { Seq = envelope.Seq }, standing.After(envelope))
the answer of a poll that was given up counts^Infrastructure/Galera/GaleraProbe.cs^                _ = await _poll.WaitAsync(_timeout, _time, cancellationToken);^                if (await _poll.WaitAsync(_timeout, _time, cancellationToken) is { Failure: { } late }) { return Observation.Failed(late.Error, late.Detail); }
a connection that broke while it was kept is not made again^Infrastructure/Galera/GaleraProbe.cs^when (kept && ^when (!kept && 
last resort: an open gate elsewhere counts as closed^Daemon/Loop/LastResort.cs^turns.After(met, ^turns.After(met?.Select(one => one with { Met = GateMet.Closed }).ToList(), 
last resort: a check that hangs finds every gate closed^Daemon/Loop/LastResort.cs^? await looking : null;^? await looking : [];
last resort: other nodes that are not known are closed^Daemon/Loop/LastResort.cs^            return null;^            return [];
MUTANTS
echo "$caught caught, $survived survived"
[ "$survived" -eq 0 ]
