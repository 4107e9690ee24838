namespace GaleraGate.Fuzzing;

/// <summary>One reader of input that others write.</summary>
/// <param name="Run">Reads an input; an exception is a fault of the reader.</param>
/// <param name="Seeds">Inputs to begin with, read from the fixtures of the repository in the current folder.</param>
internal sealed record Target(string Name, Action<byte[]> Run, Func<IEnumerable<byte[]>> Seeds);
