using System.CommandLine;
using System.Globalization;
using System.Text;

namespace GaleraGate.Daemon.Options;

/// <summary>
/// Prints a shell's completion script for the commands and options. It is generated from the parser's tree, so it
/// cannot differ from it.
/// </summary>
internal static class CompletionCommand
{
    private const string Nodes = "nodes";

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL")
        {
            Description = "bash, zsh or fish; nodes: the names of nodes that are known here, which those ask for",
        };
        var command = new Command("completion", "Print a completion script for bash, zsh or fish") { shell };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(shell) == Nodes)
            {
                KnownNodes.Find().ToList().ForEach(Console.WriteLine);
                return;
            }

            var root = parsed.RootCommandResult.Command;
            Console.Write(parsed.GetValue(shell) switch
            {
                "bash" => Bash(root),
                "zsh" => Zsh(root),
                "fish" => Fish(root),
                var other => throw new FormatException($"there is no completion for '{other}': bash, zsh or fish"),
            });
        });
        return command;
    }

    private static string Path(Command command) =>
        command is RootCommand ? "galeragate" : $"galeragate {Examples.NameOf(command)}";

    private static IEnumerable<string> Subcommands(Command command) =>
        command.Subcommands.Where(sub => !sub.Hidden).Select(sub => sub.Name);

    /// <summary>The words that may follow a command: its subcommands and its options.</summary>
    private static string Words(Command command) =>
        string.Join(' ', Subcommands(command).Concat(CommandTree.OptionsOf(command).Select(option => option.Name)));

    /// <summary>Follows the words typed so far down the tree; the same two steps in bash and zsh.</summary>
    private static string PathCases(Command root) => string.Join(
        '|', CommandTree.Walk(root).Skip(1).Select(command => $"'{Path(command)}'"));

    private static string Bash(Command root)
    {
        var text = new StringBuilder();
        _ = text.Append(CultureInfo.InvariantCulture, $$"""
            # bash completion of galeragate
            _galeragate() {
                local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path=galeragate word words
                for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                    case "$path $word" in
                        {{PathCases(root)}}) path="$path $word" ;;
                    esac
                done
                case "$prev" in
                    {{Named(root, Follows.File)}}) COMPREPLY=($(compgen -f -- "$cur")); return ;;
                    {{Named(root, Follows.Directory)}}) COMPREPLY=($(compgen -d -- "$cur")); return ;;
                    {{Named(root, Follows.EventType)}})
                        COMPREPLY=($(compgen -W '{{CommandTree.EventTypes}}' -- "$cur"))
                        return ;;
                    {{Named(root, Follows.Form)}}) COMPREPLY=($(compgen -W '{{FormOption.Names}}' -- "$cur")); return ;;
                    {{Named(root, Follows.Node)}})
                        COMPREPLY=($(compgen -W "$(galeragate completion nodes 2> /dev/null)" -- "$cur"))
                        return ;;
                    {{Named(root, Follows.Anything)}}) return ;;
                esac
                case "$path" in

            """);
        foreach (var command in CommandTree.Walk(root))
        {
            _ = text.Append(CultureInfo.InvariantCulture, $"        '{Path(command)}') words='{Words(command)}' ;;\n");
        }

        return text.Append("""
                esac
                case "$path" in 'galeragate completion') words="bash zsh fish $words" ;; esac
                COMPREPLY=($(compgen -W "$words" -- "$cur"))
                [ "$path" = 'galeragate config check' ] && COMPREPLY+=($(compgen -f -- "$cur"))
                return 0
            }
            complete -o filenames -F _galeragate galeragate

            """).ToString();
    }

    /// <summary>The options that take a value of one kind, as a case pattern of a shell.</summary>
    private static string Named(Command root, Follows follows) => string.Join('|', CommandTree.Named(root, follows));

    private static string Zsh(Command root)
    {
        var text = new StringBuilder();
        _ = text.Append(CultureInfo.InvariantCulture, $$"""
            #compdef galeragate
            # zsh completion of galeragate
            _galeragate() {
                local path_=galeragate word
                local -a offers
                for word in "${(@)words[2,CURRENT-1]}"; do
                    case "$path_ $word" in
                        {{PathCases(root)}}) path_="$path_ $word" ;;
                    esac
                done
                case "${words[CURRENT-1]}" in
                    {{Named(root, Follows.File)}}) _files; return ;;
                    {{Named(root, Follows.Directory)}}) _files -/; return ;;
                    {{Named(root, Follows.EventType)}}) compadd -- {{CommandTree.EventTypes}}; return ;;
                    {{Named(root, Follows.Form)}}) compadd -- {{FormOption.Names}}; return ;;
                    {{Named(root, Follows.Node)}})
                        compadd -- ${(f)"$(galeragate completion nodes 2> /dev/null)"}
                        return ;;
                    {{Named(root, Follows.Anything)}}) return ;;
                esac
                case "$path_" in

            """);
        foreach (var command in CommandTree.Walk(root))
        {
            var offers = command.Subcommands.Where(sub => !sub.Hidden).Select(sub => (sub.Name, sub.Description))
                .Concat(CommandTree.OptionsOf(command).Select(option => (option.Name, option.Description)))
                .Select(offer =>
                    $"'{offer.Name}:{Quoted(offer.Description).Replace(":", "\\:", StringComparison.Ordinal)}'");
            _ = text.Append(
                CultureInfo.InvariantCulture, $"        '{Path(command)}') offers=({string.Join(' ', offers)}) ;;\n");
        }

        return text.Append("""
                esac
                [[ $path_ == 'galeragate completion' ]] && offers=(bash zsh fish $offers)
                _describe galeragate offers
                [[ $path_ == 'galeragate config check' ]] && _files
                return 0
            }
            if [[ $funcstack[1] == _galeragate ]]; then _galeragate "$@"; else compdef _galeragate galeragate; fi

            """).ToString();
    }

    private static string Fish(Command root)
    {
        var text = new StringBuilder("""
            # fish completion of galeragate
            function __galeragate_at
                set -l words galeragate
                for word in (commandline -opc)[2..]
                    contains -- "$words $word" $__galeragate_paths; and set words "$words $word"
                end
                test "$words" = "$argv[1]"
            end
            complete -c galeragate -f

            """);
        _ = text.Append(
            CultureInfo.InvariantCulture,
            $"set -g __galeragate_paths "
            + $"{string.Join(' ', CommandTree.Walk(root).Skip(1).Select(command => $"'{Path(command)}'"))}\n");
        foreach (var command in CommandTree.Walk(root))
        {
            var at = $"complete -c galeragate -n '__galeragate_at \"{Path(command)}\"'";
            foreach (var sub in command.Subcommands.Where(sub => !sub.Hidden))
            {
                _ = text.Append(CultureInfo.InvariantCulture, $"{at} -a {sub.Name} -d '{Quoted(sub.Description)}'\n");
            }

            foreach (var option in CommandTree.OptionsOf(command))
            {
                var takes = CommandTree.WhatFollows(option) switch
                {
                    Follows.Nothing => "",
                    Follows.Anything => " -x",
                    Follows.File => " -r -F",
                    Follows.Directory => " -x -a '(__fish_complete_directories)'",
                    Follows.EventType => $" -x -a '{CommandTree.EventTypes}'",
                    Follows.Form => $" -x -a '{FormOption.Names}'",
                    Follows.Node => " -x -a '(galeragate completion nodes 2> /dev/null)'",
                };
                _ = text.Append(
                    CultureInfo.InvariantCulture,
                    $"{at} -l {option.Name[2..]}{takes} -d '{Quoted(option.Description)}'\n");
            }
        }

        return text.Append("""
            complete -c galeragate -n '__galeragate_at "galeragate completion"' -a 'bash zsh fish'
            complete -c galeragate -n '__galeragate_at "galeragate config check"' -F

            """).ToString();
    }

    /// <summary>The first sentence, without characters that would end a quoted string.</summary>
    private static string Quoted(string? text) =>
        (text ?? "").Split([';', '\n'])[0].Replace("'", "’", StringComparison.Ordinal);
}
