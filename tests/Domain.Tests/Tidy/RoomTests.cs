using System.Text.RegularExpressions;

namespace GaleraGate.Domain.Tests.Tidy;

/// <summary>
/// Each folder of a project is a room, and rooms use each other in one direction only. The dependencies come from the
/// using lines, and from names that are written with their namespace.
/// </summary>
public sealed partial class RoomTests
{
    /// <summary>What the adapters build on: rooms that are not specific to one outside system.</summary>
    private static readonly string[] Ground = ["Addresses", "Json", "Linux", "Threads"];

    [Theory]
    [InlineData("Domain")]
    [InlineData("Infrastructure")]
    [InlineData("Daemon")]
    public void No_two_folders_of_a_project_use_each_other(string project)
    {
        var arrows = Arrows(project);
        var circles = arrows.Select(arrow => arrow.From).Distinct()
            .Select(room => PathFrom(room, room, arrows, []))
            .OfType<string>();

        Assert.Empty(circles);
    }

    [Fact]
    public void No_adapter_of_Infrastructure_uses_another()
    {
        // The firewall's own interface and workers are next to the adapters that implement it.
        var named = Arrows("Infrastructure").Where(arrow => !Ground.Contains(arrow.To) && arrow.To != "Firewall");

        Assert.Empty(named);
    }

    [Fact]
    public void Text_uses_no_other_folder() => Assert.DoesNotContain(Arrows("Daemon"), arrow => arrow.From == "Text");

    [Fact]
    public void No_type_has_the_name_of_a_folder()
    {
        var rooms = Source.All.Select(source => source.Room).ToHashSet(StringComparer.Ordinal);

        Assert.DoesNotContain(Source.All.SelectMany(source => source.Types), rooms.Contains);
    }

    private static HashSet<(string From, string To)> Arrows(string project)
    {
        var sources = Source.All.Where(source => source.Project == project).ToList();
        var rooms = sources.ToLookup(source => source.Room, StringComparer.Ordinal);
        var arrows = new HashSet<(string From, string To)>();

        // A file outside all rooms is there for all of them, so it may use none. A program's entry file is exempt.
        sources.RemoveAll(source => source.Room.Length == 0 && !source.Types.Any());
        if (rooms[""].Any(source => source.Types.Any()))
        {
            arrows.UnionWith(sources.Where(source => source.Room.Length > 0).Select(source => (source.Room, "")));
        }

        foreach (var source in sources)
        {
            foreach (Match used in Used().Matches(source.Text))
            {
                if (used.Groups["project"].Value == project && used.Groups["room"].Value is var to && to != source.Room)
                {
                    _ = arrows.Add((source.Room, to));
                }
            }

            foreach (Match named in Qualified().Matches(source.Text))
            {
                var (room, type) = (named.Groups["room"].Value, named.Groups["type"].Value);
                if (room != source.Room && rooms[room].Any(other => other.Types.Contains(type)))
                {
                    _ = arrows.Add((source.Room, room));
                }
            }
        }

        return arrows;
    }

    /// <summary>The path along the arrows from one room to another, as words; null if there is no path.</summary>
    private static string? PathFrom(
        string from, string to, HashSet<(string From, string To)> arrows, HashSet<string> seen)
    {
        foreach (var next in arrows.Where(arrow => arrow.From == from).Select(arrow => arrow.To))
        {
            if (next == to)
            {
                return $"{from} -> {to}";
            }

            if (seen.Add(next) && PathFrom(next, to, arrows, seen) is { } rest)
            {
                return $"{from} -> {rest}";
            }
        }

        return null;
    }

    [GeneratedRegex(@"\b(?<project>Domain|Infrastructure|Daemon)\.(?<room>[A-Z]\w*)[.;]")]
    private static partial Regex Used();

    [GeneratedRegex(@"(?<![\w.""])(?<room>[A-Z]\w*)\.(?<type>[A-Z]\w*)")]
    private static partial Regex Qualified();
}
