using System.CommandLine;

namespace GaleraGate.Daemon.Audit;

/// <summary>Adds the option for the output form to a reading that prints rows.</summary>
internal static class AuditRows
{
    private const string NodeAndNumber = "node and number of each, for audit why and annotate";

    /// <param name="name">What identifies a row.</param>
    public static AuditReading WithForms(this AuditReading reading, Command command, string name = NodeAndNumber)
    {
        reading.Options.AddFormTo(command, name);
        return reading;
    }
}
