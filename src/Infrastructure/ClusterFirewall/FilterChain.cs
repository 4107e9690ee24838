using System.ComponentModel;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Infrastructure.ClusterFirewall;

/// <summary>What a change of one family found, and what it made.</summary>
/// <param name="Made">As the tables showed it afterwards; null while that is not known.</param>
public sealed record FamilyChange(Family Family, FilterRules Before, FilterRules? Made = null)
{
    /// <summary>False when the family was as it should be, and nothing changed.</summary>
    public bool IsTouched => Made is null || Before.ChangeTo(Made) is not null;
}

/// <summary>
/// Puts our chain of the filter table as it should be, and back as it was; nothing else of the table is touched.
/// </summary>
public sealed class FilterChain(string chain, CommandRunner? run = null)
{
    /// <summary>A host with very many rules takes long to list and to change.</summary>
    private static readonly TimeSpan CommandLimit = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Waiting in the kernel's queue for the xtables lock, in seconds: whoever only looks in now and then may miss
    /// it.
    /// </summary>
    private const string LockWait = "5";

    private readonly IptablesCommand _iptables = new(run ?? SystemCommand.Within(CommandLimit), lockWait: LockWait);

    /// <summary>What the filter table of a family holds of ours.</summary>
    /// <exception cref="InvalidOperationException">It cannot be listed; the message is one line for people.</exception>
    public async Task<FilterRules> ReadAsync(Family family, CancellationToken cancellationToken)
    {
        var listed = await _iptables.ListAsync(family, cancellationToken, "filter");
        return FilterRules.Read(chain, Done(listed).Output);
    }

    /// <summary>Makes it so, all or nothing, and returns what is there afterwards.</summary>
    /// <exception cref="InvalidOperationException">It cannot be, or what is there afterwards cannot be
    /// listed.</exception>
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
    /// Puts every family back as it was before a change, each on its own, again and again until it is. What somebody
    /// else has put in the place of the change stays: the lines that come back say so.
    /// </summary>
    /// <param name="trouble">Hears, in one line, why a family is not back yet; once for each new reason.</param>
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
