using System.CommandLine;
using System.CommandLine.Help;
using GaleraGate.Domain.Events;

namespace GaleraGate.Daemon.Options;

/// <summary>What can follow an option on the command line.</summary>
internal enum Follows
{
    Nothing,
    Anything,
    File,
    Directory,
    EventType,
    Form,
    Node,
}

/// <summary>The commands and options as they are parsed, walked by what completes and what documents them.</summary>
internal static class CommandTree
{
    /// <summary>Every command that people see, the root first, each behind its parent.</summary>
    public static IEnumerable<Command> Walk(Command from) =>
        from.Subcommands.Where(command => !command.Hidden).SelectMany(Walk).Prepend(from);

    public static IEnumerable<Option> OptionsOf(Command command) =>
        command
            .Options.Where(option => !option.Hidden && option is not (HelpOption or VersionOption))
            .Append(new Option<bool>("--help") { Description = "show help" });

    public static Follows WhatFollows(Option option) => option switch
    {
        Option<bool> => Follows.Nothing,
        { Name: "--node" or "--peers" or "--from" } => Follows.Node,
        _ => option.HelpName switch
        {
            "FILE" or "PATH" or "SOCKET" => Follows.File,
            "DIR" => Follows.Directory,
            "TYPE" => Follows.EventType,
            FormOption.HelpName => Follows.Form,
            _ => Follows.Anything,
        },
    };

    /// <summary>Options of the same name mean the same wherever they stand: by what follows them.</summary>
    public static IReadOnlyList<string> Named(Command root, Follows follows) =>
        [
            .. Walk(root)
                .SelectMany(OptionsOf)
                .Where(option => WhatFollows(option) == follows)
                .SelectMany(option => option.Aliases.Prepend(option.Name))
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];

    public static string EventTypes => string.Join(' ', EventNames.All);

    /// <summary>An option that stands in the table; null for one of a verb alone.</summary>
    public static OptionRow? RowOf(Option option) =>
        OptionTable.All.FirstOrDefault(row => "--" + row.Name == option.Name);
}
