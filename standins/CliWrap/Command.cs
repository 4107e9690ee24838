namespace CliWrap;

/// <summary>A command that was configured and can be run any number of times; immutable.</summary>
public sealed record Command
{
    internal Command(string targetFilePath) => TargetFilePath = targetFilePath;

    public string TargetFilePath { get; }

    internal IReadOnlyList<string> ArgumentList { get; private init; } = [];

    internal IReadOnlyDictionary<string, string?> Environment { get; private init; } = new Dictionary<string, string?>();

    internal CommandResultValidation Validation { get; private init; } = CommandResultValidation.ZeroExitCode;

    internal PipeSource StandardInput { get; private init; } = PipeSource.Null;

    public Command WithArguments(IEnumerable<string> arguments) => this with { ArgumentList = [.. arguments] };

    /// <summary>Sets variables beside the inherited ones; null takes one away.</summary>
    public Command WithEnvironmentVariables(IReadOnlyDictionary<string, string?> environmentVariables) =>
        this with { Environment = environmentVariables };

    public Command WithValidation(CommandResultValidation validation) => this with { Validation = validation };

    public Command WithStandardInputPipe(PipeSource source) => this with { StandardInput = source };
}
