using System.Globalization;
using System.Text;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using Stateless.Reflection;

namespace GaleraGate.Domain.Tests.Exploration;

/// <summary>
/// docs/state-machines.md matches Stateless's description of the machines. DIAGRAMS_REWRITE=1 rewrites it (make docs
/// does).
/// </summary>
public sealed class DiagramTests
{
    [Fact]
    public void The_document_shows_the_state_machines_as_they_are()
    {
        var file = Path.Combine(Documents.Folder, "state-machines.md");
        var made = Page();
        if (Environment.GetEnvironmentVariable("DIAGRAMS_REWRITE") is not null)
        {
            File.WriteAllText(file, made);
        }

        Assert.True(File.ReadAllText(file) == made, "docs/state-machines.md is stale: run make docs");
    }

    private static string Page() => $$"""
        # The two machines

        `make docs` generates this page from the machines themselves, and a test compares it with them. Each machine is
        a table without guards and actions, in which every state answers every trigger.

        ## The gate

        Clients are let in while the gate is Open or Closing. The decider works out which trigger an observation is: it
        counts rise and open-after, fall and close-after ([GateMoves](../src/Domain/Gate/GateMoves.cs)).

        {{Diagram(GateTransitions.Table.Info)}}
        Triggers that are ignored, by phase:

        {{Ignored(GateTransitions.Table.Info)}}
        ## The node

        These are the provider's own steps, as far as a poll can see them. The provider aborts the server on any other
        step. So any other change between two polls is several steps at once (`explained`), a server that restarted
        (`restart`), or a node that left Inconsistent without a restart (`anomalous`). In addition, every state can
        follow every other (the triggers `Shows…`): whatever the class, the machine follows the server, and only the
        verdict opens or closes a gate.

        {{Diagram(NodeTransitions.Table.Info, trigger => trigger.StartsWith("StepsTo", StringComparison.Ordinal))}}
        """;

    private static string Diagram(StateMachineInfo machine, Func<string, bool>? only = null)
    {
        var text = new StringBuilder("```mermaid\nstateDiagram-v2\n");
        foreach (var state in machine.States)
        {
            foreach (var to in state.FixedTransitions
                .Where(transition => only?.Invoke(Name(transition.Trigger)) is not false)
                .GroupBy(
                    transition => $"{transition.DestinationState.UnderlyingState}",
                    transition => Name(transition.Trigger)))
            {
                _ = text.Append(
                    CultureInfo.InvariantCulture,
                    $"    {state.UnderlyingState} --> {to.Key}{(only is null ? $" : {string.Join(", ", to)}" : "")}\n");
            }
        }

        return text.Append("```\n").ToString();
    }

    private static string Ignored(StateMachineInfo machine)
    {
        var text = new StringBuilder();
        foreach (var state in machine.States)
        {
            _ = text.Append(
                CultureInfo.InvariantCulture,
                $"- {state.UnderlyingState}: "
                + $"{string.Join(", ", state.IgnoredTriggers.Select(ignored => Name(ignored.Trigger)))}\n");
        }

        return text.ToString();
    }

    private static string Name(TriggerInfo trigger) => $"{trigger.UnderlyingTrigger}";
}
