using System.CommandLine;
using System.CommandLine.Help;
using GaleraGate.Domain.Events;

namespace GaleraGate.Daemon.Options;

/// <summary>The kind of value that can follow an option on the command line.</summary>
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

/// <summary>Walks the tree of commands and options, for completion and documentation.</summary>
internal static class CommandTree
{
    /// <summary>Every visible command, the root first, each after its parent.</summary>
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

    /// <summary>
    /// Options with the same name mean the same everywhere; this groups them by the kind of value that follows.
    /// </summary>
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

    /// <summary>An option from the table; null for an option of one verb only.</summary>
    public static OptionRow? RowOf(Option option) =>
        OptionTable.All.FirstOrDefault(row => "--" + row.Name == option.Name);
}
