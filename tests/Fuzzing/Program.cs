using System.Runtime.InteropServices;
using GaleraGate.Fuzzing;
using GaleraGate.Fuzzing.Targets;
using SharpFuzz;
using SharpFuzz.Common;

// Called by eng/fuzz.sh:
//   fuzzing list                  the targets
//   fuzzing seeds TARGET FOLDER   writes the inputs to begin with; run it in the repository
//   fuzzing try TARGET FILE...    runs inputs, and prints what is wrong: one of each kind
//   fuzzing run TARGET            under afl-fuzz
NoteNothing();
switch (args)
{
    case ["list"]:
        Console.WriteLine(string.Join('\n', TargetTable.All.Select(target => target.Name)));
        return 0;
    case ["seeds", var name, var folder]:
        foreach (var (number, seed) in TargetTable.Named(name).Seeds().Index())
        {
            File.WriteAllBytes(Path.Combine(folder, $"{number:d4}"), seed);
        }

        return 0;
    case ["try", var name, .. var files]:
        return Faults(TargetTable.Named(name), files);
    case ["run", var name]:
        var target = TargetTable.Named(name);
        // Code that runs only once, above all static tables, must not look like a path of the first input.
        foreach (var seed in target.Seeds().Take(3))
        {
            target.Run(seed);
        }

        // Out of process, so that an input that never ends does not end the rest of the run.
        Fuzzer.OutOfProcess.Run(stream =>
        {
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            target.Run(bytes.ToArray());
        });
        return 0;
    default:
        Console.Error.WriteLine("fuzzing list | seeds TARGET FOLDER | try TARGET FILE... | run TARGET");
        return 64;
}

// Instrumented code records its path in memory that afl-fuzz shares later; until then it uses memory of our own.
static unsafe void NoteNothing() => Trace.SharedMem = (byte*)NativeMemory.AllocZeroed(1 << 16);

static int Faults(Target target, string[] files)
{
    var seen = new HashSet<string>();
    foreach (var file in files)
    {
        try
        {
            target.Run(File.ReadAllBytes(file));
        }
        catch (Exception e)
        {
            // Failures from the same place are of one kind.
            var frames = e.ToString().Split('\n')
                .Where(line => line.Contains(" at GaleraGate.") && !line.Contains("Check."));
            if (seen.Add($"{e.GetType()} {string.Join('\n', frames.Take(2))}"))
            {
                Console.WriteLine($"{file}: {e}");
            }
        }
    }

    return seen.Count;
}
