#!/usr/bin/env bash
# Can the tests of the rules fail? Breaks one rule of the Domain after the other in a copy and runs the Domain's tests on it: each must be caught.
# A mutant is a line: what it breaks ^ file below src/Domain ^ the code as it is ^ the code as it must not be.
set -uo pipefail
cd "$(dirname "$0")/.."
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z | grep -zE '^(src/Domain|standins/Stateless|tests/Domain.Tests|docs|Directory|global|\.editorconfig)' | xargs -0 cp --parents -t "$copy"
cp --parents eng/packages.props "$copy" 2> /dev/null
caught=0 survived=0

try() {
    if ! (cd "$copy" && dotnet build tests/Domain.Tests -c Release --nologo -v quiet > "$copy/build.log" 2>&1); then grep -m1 -E 'error' "$copy/build.log"; return 2; fi
    # The quick ones first; what they let through must get past all.
    (cd "$copy" && dotnet test tests/Domain.Tests -c Release --no-build --nologo --filter 'FullyQualifiedName!~Exploration&FullyQualifiedName!~FlapBound' > "$copy/test.log" 2>&1) \
        && (cd "$copy" && dotnet test tests/Domain.Tests -c Release --no-build --nologo > "$copy/test.log" 2>&1)
}

try || { echo "the tests fail without a mutant:"; tail -n 20 "$copy/test.log" "$copy/build.log"; exit 2; }
while IFS='^' read -r name file old new; do
    [ -n "$name" ] || continue
    path="$copy/src/Domain/$file"
    cp "$path" "$copy/kept"
    OLD=$old NEW=$new perl -0pi -e 's/\Q$ENV{OLD}\E/$ENV{NEW}/' "$path"
    if cmp -s "$path" "$copy/kept"; then echo "NOT APPLIED  $name: the code has changed, mend eng/mutants.sh"; survived=$((survived + 1)); continue; fi
    try
    case $? in
        0) echo "SURVIVED     $name"; survived=$((survived + 1)) ;;
        1) echo "caught       $name ($(grep -cE '^  Failed ' "$copy/test.log") tests)"; caught=$((caught + 1)) ;;
        *) echo "NOT BUILT    $name"; survived=$((survived + 1)) ;;
    esac
    cp "$copy/kept" "$path"
done <<'MUTANTS'
rise is one less^Gate/RunLength.cs^Count >= count^Count + 1 >= count
a time that is just reached does not count^Gate/RunLength.cs^now.Since(First) >= duration^now.Since(First) > duration
a run is not ended when fitness turns^Gate/RunLength.cs^Count > 0 && fit == Fit^Count > 0
the first of a run moves on^Gate/RunLength.cs^this with { Count = Count + 1 }^this with { Count = Count + 1, First = at }
the penalty does not decay^Gate/Penalty.cs^Value * Math.Pow(2, -(elapsed / halfLife))^Value
the penalty survives a boot^Gate/Penalty.cs^ : 0;^ : Value;
open-after ignores its cap^Gate/Penalty.cs^wanted < cap.TotalSeconds ? TimeSpan.FromSeconds(wanted) : cap^TimeSpan.FromSeconds(wanted)
an unplanned close adds nothing to the penalty^Gate/GateMoves.cs^planned ? penalty : penalty + 1^penalty
a planned close adds to the penalty^Gate/GateMoves.cs^planned ? penalty : penalty + 1^penalty + 1
the cap of cluster-wide closes is not applied^Gate/GateMoves.cs^(Reason.Parse([reason]) & ClusterWide) != 0^(Reason.Parse([reason]) & Reasons.None) != 0
fall and close-after are not waited for^Gate/GateMoves.cs^? GateTrigger.UnfitLongEnough : GateTrigger.Unfit,^? GateTrigger.UnfitLongEnough : GateTrigger.UnfitLongEnough,
an immediate reason is debounced^Gate/GateMoves.cs^Pace.Immediate => GateTrigger.UnfitAtOnce^Pace.Immediate => GateTrigger.Unfit
the first unfit observation does not close an adopted gate^Gate/GateMoves.cs^|| !memory.FitSeen^|| memory.Stopping
a held gate is adopted^Gate/GateTransitions.cs^.Ignore(Adopt).Ignore(Hold).Permit(Release, Closed)^.Permit(Adopt, Open).Ignore(Hold).Permit(Release, Closed)
a release opens^Gate/GateTransitions.cs^.Ignore(Hold).Permit(Release, Closed)^.Ignore(Hold).Permit(Release, Opening)
what was seen while held counts^Gate/GateDecider.cs^HoldReleased hold when state.Holds.HasFlag(hold.Hold) => memory with { Run = default }^HoldReleased hold when state.Holds.HasFlag(hold.Hold) => memory
a release of nothing begins the count anew^Gate/GateDecider.cs^HoldReleased hold when state.Holds.HasFlag(hold.Hold) => memory with^HoldReleased => memory with
a redirect is adopted although the node was seen unfit^Gate/GateDecider.cs^reported.Opened == opened && !memory.UnfitSeen^reported.Opened == opened
a daemon that starts opens with the base alone^Gate/GateDecider.cs^left < policy.OpenAfter ? policy.OpenAfter : left < policy.OpenAfterMax ? left : policy.OpenAfterMax^policy.OpenAfter
a held verdict loses its hold^Gate/GateDecider.cs^state.Holds == Holds.None ? verdict : verdict.With(Reasons.Held)^verdict
opening does not wait for the disk^Gate/Redirect.cs^opened <= memory.Synced || ^opened <= long.MaxValue || 
a required journal is not waited for^Gate/Redirect.cs^memory.JournalTrouble is not null && !memory.Policy.Gate.RequireJournal^memory.JournalTrouble is not null
a donor is fit whatever its method^Galera/Fitness.cs^o.NodeState == NodeState.Donor && !policy.NonblockingSstMethods.Contain(o.SstMethod)^o.NodeState == NodeState.Unknown
methods compare without regard to case^Galera/FitnessPolicy.cs^names.ToImmutableSortedSet(StringComparer.Ordinal)^names.ToImmutableSortedSet(StringComparer.OrdinalIgnoreCase)
only Inconsistent in the number counts^Galera/Observation.cs^ProbeError.None when SaysInconsistent => NodeState.Inconsistent^ProbeError.None when SaysInconsistent && LocalState.Value == 5 => NodeState.Inconsistent
a missing read_only is fit^Galera/Fitness.cs^|| o.ReadOnly.IsMissing^|| o.ReadOnly.IsUnreadable
NO_LOCK is not read-only^Galera/Reading.cs^Of<bool>(text, !(Same(text, "OFF") || text == "0"))^Of<bool>(text, Same(text, "ON") || text == "1")
a mark is left at its high value^Galera/Fitness.cs^value >= m.Low^value > m.High
a timeout closes at once^Galera/Reasons.cs^"timeout", Pace.Debounced^"timeout", Pace.Immediate
the headline is the last reason^Galera/Reasons.cs^BitOperations.TrailingZeroCount((uint)reasons)^BitOperations.Log2((uint)reasons)
Donor to Synced is a direct step^Galera/NodeTransitions.cs^[NodeState.Donor] = [NodeState.Initialized, NodeState.Joined,^[NodeState.Donor] = [NodeState.Initialized, NodeState.Synced, NodeState.Joined,
Joined to Donor is none^Galera/NodeTransitions.cs^[NodeState.Joined] = [NodeState.Initialized, NodeState.Donor,^[NodeState.Joined] = [NodeState.Initialized,
a restart without a change of uptime is not seen^Galera/Observation.cs^|| (IsUuid(ProviderUuid) && IsUuid(earlier.ProviderUuid) && ProviderUuid != earlier.ProviderUuid)^|| (IsUuid(ProviderUuid) && ProviderUuid == "")
repetitions are not counted^Gate/GateDecider.cs^memory.Repeats.Count + 1^memory.Repeats.Count
MUTANTS
echo "$caught caught, $survived survived"
[ "$survived" -eq 0 ]
