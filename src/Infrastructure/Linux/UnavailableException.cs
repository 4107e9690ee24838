namespace GaleraGate.Infrastructure.Linux;

/// <summary>
/// The host cannot give what a start needs: another process has it, or it is not there yet, as an address during a
/// boot. The configuration may be right, so trying again may help; the message is one line for people.
/// </summary>
public sealed class UnavailableException(string message, Exception? inner = null) : FormatException(message, inner);
