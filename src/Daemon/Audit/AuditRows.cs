using System.CommandLine;

namespace GaleraGate.Daemon.Audit;

/// <summary>Gives a reading that prints rows the choice of their form.</summary>
internal static class AuditRows
{
    private const string NodeAndNumber = "node and number of each, for audit why and annotate";

    /// <param name="name">What names a row.</param>
    public static AuditReading WithForms(this AuditReading reading, Command command, string name = NodeAndNumber)
    {
        reading.Options.AddFormTo(command, name);
        return reading;
    }
}
