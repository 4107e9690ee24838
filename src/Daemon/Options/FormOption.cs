using System.CommandLine;

namespace GaleraGate.Daemon.Options;

/// <summary>
/// <c>-o table|wide|json|name</c>, the same for every verb that prints rows. <c>--json</c> means <c>-o json</c>.
/// </summary>
internal sealed class FormOption
{
    /// <summary>The name of its value in the help; completion uses it too.</summary>
    public const string HelpName = "FORM";

    private static readonly (string Name, OutputForm Form)[] Forms =
    [
        ("table", OutputForm.Table),
        ("wide", OutputForm.Wide),
        ("json", OutputForm.Json),
        ("name", OutputForm.Name),
    ];

    private readonly Option<string?> _form;
    private readonly Option<bool> _json;

    /// <param name="json">The verb's <c>--json</c>.</param>
    /// <param name="name">What <c>-o name</c> prints for each row.</param>
    public FormOption(Option<bool> json, string name)
    {
        _json = json;
        _form = new Option<string?>("--output", "-o")
        {
            Description = $"table, wide (one line a row, however long), json (as --json) or name ({name})",
            HelpName = HelpName,
        };
        _form.CompletionSources.Add(Names.Split(' '));
    }

    public static string Names { get; } = string.Join(' ', Forms.Select(form => form.Name));

    public void AddTo(Command command) => command.Options.Add(_form);

    /// <exception cref="FormatException">There is no such form, or two are given.</exception>
    public OutputForm Of(ParseResult parsed)
    {
        var (named, json) = (parsed.GetValue(_form), parsed.GetValue(_json));
        var form = Array.Find(Forms, one => one.Name == (named ?? (json ? "json" : "table")));
        return form.Name is null ? throw new FormatException(
                $"-o takes {string.Join(", ", Forms.Select(one => one.Name))}, not '{named}'")
            : json && form.Form != OutputForm.Json ? throw new FormatException(
                $"--json is -o json: -o {named} beside it is one too many")
            : form.Form;
    }
}
