using System.Runtime.InteropServices;

namespace GaleraGate.Daemon.Text;

/// <summary>
/// Reads the size of the terminal on standard output. The runtime's own call also switches on the keypad mode (ESC [ ?
/// 1 h), and that sequence would appear in logs of the terminal.
/// </summary>
internal static partial class WindowSize
{
    private const int Usual = 80;

    private const int UsualRows = 24;

    public static (int Columns, int Rows) Now()
    {
        const int StandardOutput = 1;
        const nuint Ask = 0x5413; // TIOCGWINSZ
        var size = default(Size);
        var isKnown = Control(StandardOutput, Ask, ref size) == 0;
        return (
            isKnown && size.Columns > 0 ? size.Columns : Usual, isKnown && size.Rows > 0 ? size.Rows : UsualRows);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Size
    {
        public ushort Rows;
        public ushort Columns;
        public ushort Wide;
        public ushort High;
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Control(int descriptor, nuint request, ref Size size);
}
