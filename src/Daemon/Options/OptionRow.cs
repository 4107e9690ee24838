namespace GaleraGate.Daemon.Options;

/// <summary>One option: everything that the command line and its help know about it.</summary>
/// <param name="Name">Without the dashes.</param>
/// <param name="Argument">The placeholder for its value in the help; null for a switch.</param>
/// <param name="Default">The value if none is given; empty for none.</param>
/// <param name="Check">Describes in one line what is wrong with a value; null if it is valid.</param>
internal sealed record OptionRow(
    string Name, string? Argument, string Default, string Help, Func<string, string?>? Check = null)
{
    /// <summary>
    /// What is wrong with a value of this option; null if it is valid. In a file or the environment, a switch is true
    /// or false.
    /// </summary>
    public string? Wrong(string value) => Argument is null
        ? (value is "true" or "false" ? null : $"true or false, not '{value}'")
        : value.Length > 0 ? Check?.Invoke(value)
        : Default.Length == 0 || IsList || MayBeEmpty ? null
        : $"it needs a value, such as {Default}";

    /// <summary>An empty value overrides the default.</summary>
    public bool MayBeEmpty { get; init; }

    /// <summary>The default for one of several gates on a host.</summary>
    public string DefaultOf(string? instance) => instance is null ? Default : OfInstance(Default, instance);

    /// <summary>Adapts the default to an instance's name.</summary>
    public Func<string, string, string> OfInstance { get; init; } = (value, _) => value;

    /// <summary>The option may be given several times, and its values separated by commas.</summary>
    public bool IsList { get; init; }

    /// <summary>The form in which a value may be shown.</summary>
    public Func<string, string> Show { get; init; } = value => value;

    /// <summary>The environment variable that sets it.</summary>
    public string Variable => "GALERAGATE_" + Name.ToUpperInvariant().Replace('-', '_');
}
