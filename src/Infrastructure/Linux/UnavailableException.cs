namespace GaleraGate.Infrastructure.Linux;

/// <summary>
/// The host cannot provide something that a start needs: another process has it, or it does not exist yet, such as an
/// address during boot. The configuration may be right, so a retry may help. The message is one line for people.
/// </summary>
public sealed class UnavailableException(string message, Exception? inner = null) : FormatException(message, inner);
