namespace GaleraGate.Fuzzing;

/// <summary>One reader of input from outside.</summary>
/// <param name="Run">Reads an input; an exception is a fault of the reader.</param>
/// <param name="Seeds">Inputs to begin with, from the fixtures of the repository in the current folder.</param>
internal sealed record Target(string Name, Action<byte[]> Run, Func<IEnumerable<byte[]>> Seeds);
