using System.ComponentModel;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Infrastructure.ClusterFirewall;

/// <summary>A change of one address family: the rules before and after.</summary>
/// <param name="Made">As listed afterwards; null while that is unknown.</param>
public sealed record FamilyChange(Family Family, FilterRules Before, FilterRules? Made = null)
{
    /// <summary>False if the rules were already as wanted and nothing changed.</summary>
    public bool IsTouched => Made is null || Before.ChangeTo(Made) is not null;
}

/// <summary>Changes our chain of the filter table, and restores it. Touches nothing else in the table.</summary>
public sealed class FilterChain(string chain, CommandRunner? run = null)
{
    /// <summary>A host with very many rules takes long to list and to change them.</summary>
    private static readonly TimeSpan CommandLimit = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// How long to wait in the kernel's queue for the xtables lock, in seconds. A command that only retries from time
    /// to time may never get it.
    /// </summary>
    private const string LockWait = "5";

    private readonly IptablesCommand _iptables = new(run ?? SystemCommand.Within(CommandLimit), lockWait: LockWait);

    /// <summary>Our part of an address family's filter table.</summary>
    /// <exception cref="InvalidOperationException">It cannot be listed; the message is one line for people.</exception>
    public async Task<FilterRules> ReadAsync(Family family, CancellationToken cancellationToken)
    {
        var listed = await _iptables.ListAsync(family, cancellationToken, "filter");
        return FilterRules.Read(chain, Done(listed).Output);
    }

    /// <summary>Makes the rules as wanted, all or nothing, and returns the rules afterwards.</summary>
    /// <exception cref="InvalidOperationException">The change failed, or the rules cannot be listed
    /// afterwards.</exception>
    public async Task<FilterRules> MakeAsync(Family family, FilterRules wanted, CancellationToken cancellationToken)
    {
        var there = await ReadAsync(family, cancellationToken);
        if (there.ChangeTo(wanted) is not { } change)
        {
            return there;
        }

        _ = Done(await _iptables.RestoreAsync(family, change, cancellationToken));
        return await ReadAsync(family, cancellationToken);
    }

    /// <summary>
    /// Restores every address family to the state before a change, each on its own, retrying until it succeeds. If
    /// another program has changed the rules since, they are left alone, and the returned lines say so.
    /// </summary>
    /// <param name="trouble">Called with one line for each new reason why a family is not restored yet.</param>
    public async Task<IReadOnlyList<string>> PutBackAsync(IEnumerable<FamilyChange> changes, Action<string> trouble) =>
        [.. (await Task.WhenAll(changes.Select(change => PutBackAsync(change, trouble)))).OfType<string>()];

    private async Task<string?> PutBackAsync(FamilyChange change, Action<string> trouble)
    {
        for (var said = ""; ; await Task.Delay(RetryAfter))
        {
            try
            {
                return await TryToPutBackAsync(change);
            }
            catch (Exception e) when (e is InvalidOperationException or IOException or Win32Exception)
            {
                if (e.Message != said)
                {
                    said = e.Message;
                    trouble($"{Name(change.Family)} is not as it was before yet ({said}): trying until it is");
                }
            }
        }
    }

    private async Task<string?> TryToPutBackAsync(FamilyChange change)
    {
        if (!change.IsTouched)
        {
            return null;
        }

        var there = await ReadAsync(change.Family, CancellationToken.None);
        if (there.ChangeTo(change.Before) is not { } back)
        {
            return null;
        }

        if (change.Made is { } made && !there.Holds(made))
        {
            return $"{Name(change.Family)}: another program has changed {chain} since, and it was left as it is";
        }

        _ = Done(await _iptables.RestoreAsync(change.Family, back, CancellationToken.None));
        return null;
    }

    private static string Name(Family family) => family.ToString().ToLowerInvariant();

    private static CommandOutcome Done(CommandOutcome outcome) => outcome.Succeeded
        ? outcome
        : throw new InvalidOperationException($"{outcome.Argv}: exit {outcome.ExitCode}: {outcome.Error}");
}
