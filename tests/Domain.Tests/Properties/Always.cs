using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace GaleraGate.Domain.Tests.Properties;

/// <summary>
/// Runs a property over generated cases. A failure prints the smallest case found and the seed: GALERAGATE_SEED replays
/// it. GALERAGATE_CASES=20 runs twenty times as many.
/// </summary>
internal static class Always
{
    private const string Variable = "GALERAGATE_SEED";

    public static void Holds<T>(
        ITestOutputHelper output, int cases, Gen<T> generate, Func<T, IEnumerable<T>> shrink, Action<T> check)
    {
        var seed = Environment.GetEnvironmentVariable(Variable) is { } given
            ? ulong.Parse(given, CultureInfo.InvariantCulture)
            : (ulong)Random.Shared.NextInt64();
        cases *= int.Parse(Environment.GetEnvironmentVariable("GALERAGATE_CASES") ?? "1", CultureInfo.InvariantCulture);
        var ran = 0L;
        try
        {
            Check.One(
                Config.QuickThrowOnFailure.WithMaxTest(cases).WithQuietOnSuccess(true)
                    .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(seed), FSharpOption<int>.None))),
                Prop.ForAll(Arb.From(generate, shrink), (T value) =>
                {
                    ran++;
                    check(value);
                }));
        }
        catch (Exception e)
        {
            throw new XunitException($"{Variable}={seed} gives this again.\n{e.Message}");
        }

        output.WriteLine($"{ran} cases, {Variable}={seed}");
    }

    public static void Holds<T>(ITestOutputHelper output, int cases, Gen<T> generate, Action<T> check) =>
        Holds(output, cases, generate, _ => [], check);
}
