using System.Runtime.InteropServices;

namespace MySqlConnector.Native;

/// <summary>MariaDB Connector/C 3.3, its documented interface. The _start and _cont pairs never block: they say what to wait for.</summary>
internal static unsafe partial class LibMariaDb
{
    public const int WaitRead = 1;
    public const int WaitWrite = 2;
    public const int WaitException = 4;
    public const int WaitTimeout = 8;

    public const int OptionLocalInfile = 8;
    public const int OptionProtocol = 9;
    public const int OptionSslVerifyServerCert = 21;
    public const int OptionSslKey = 25;
    public const int OptionSslCert = 26;
    public const int OptionSslCa = 27;
    public const int OptionCharset = 7;
    public const int OptionSslEnforce = 38;
    public const int OptionMaxAllowedPacket = 39;
    public const int OptionNonblock = 6000;
    public const int OptionRestrictedAuth = 7026;

    public const int ProtocolTcp = 1;
    public const int ProtocolSocket = 2;

    public const uint MultiStatements = 1 << 16;
    public const uint MultiResults = 1 << 17;

    private const string Library = "libmariadb.so.3";

    [LibraryImport(Library, EntryPoint = "mysql_init")]
    public static partial nint Init(nint zero);

    [LibraryImport(Library, EntryPoint = "mysql_options")]
    public static partial int Option(nint mysql, int option, void* value);

    [LibraryImport(Library, EntryPoint = "mysql_options", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int TextOption(nint mysql, int option, string value);

    /// <summary>The texts must stay where they are until the connection is made.</summary>
    [LibraryImport(Library, EntryPoint = "mysql_real_connect_start")]
    public static partial int ConnectStart(
        out nint result, nint mysql, nint host, nint user, nint password, nint database, uint port, nint socket, nuint flags);

    [LibraryImport(Library, EntryPoint = "mysql_real_connect_cont")]
    public static partial int ConnectContinue(out nint result, nint mysql, int ready);

    [LibraryImport(Library, EntryPoint = "mysql_real_query_start")]
    public static partial int QueryStart(out int result, nint mysql, byte* statement, nuint length);

    [LibraryImport(Library, EntryPoint = "mysql_real_query_cont")]
    public static partial int QueryContinue(out int result, nint mysql, int ready);

    [LibraryImport(Library, EntryPoint = "mysql_use_result")]
    public static partial nint UseResult(nint mysql);

    [LibraryImport(Library, EntryPoint = "mysql_fetch_row_start")]
    public static partial int FetchRowStart(out byte** row, nint result);

    [LibraryImport(Library, EntryPoint = "mysql_fetch_row_cont")]
    public static partial int FetchRowContinue(out byte** row, nint result, int ready);

    [LibraryImport(Library, EntryPoint = "mysql_fetch_lengths")]
    public static partial nuint* FetchLengths(nint result);

    [LibraryImport(Library, EntryPoint = "mysql_free_result")]
    public static partial void FreeResult(nint result);

    [LibraryImport(Library, EntryPoint = "mysql_more_results")]
    public static partial byte MoreResults(nint mysql);

    [LibraryImport(Library, EntryPoint = "mysql_next_result_start")]
    public static partial int NextResultStart(out int result, nint mysql);

    [LibraryImport(Library, EntryPoint = "mysql_next_result_cont")]
    public static partial int NextResultContinue(out int result, nint mysql, int ready);

    [LibraryImport(Library, EntryPoint = "mysql_field_count")]
    public static partial uint FieldCount(nint mysql);

    [LibraryImport(Library, EntryPoint = "mysql_affected_rows")]
    public static partial ulong AffectedRows(nint mysql);

    [LibraryImport(Library, EntryPoint = "mysql_errno")]
    public static partial uint ErrorNumber(nint mysql);

    [LibraryImport(Library, EntryPoint = "mysql_error")]
    public static partial nint ErrorText(nint mysql);

    [LibraryImport(Library, EntryPoint = "mysql_sqlstate")]
    public static partial nint SqlState(nint mysql);

    [LibraryImport(Library, EntryPoint = "mysql_get_server_info")]
    public static partial nint ServerInfo(nint mysql);

    [LibraryImport(Library, EntryPoint = "mysql_get_ssl_cipher")]
    public static partial nint SslCipher(nint mysql);

    [LibraryImport(Library, EntryPoint = "mysql_get_socket")]
    public static partial int Socket(nint mysql);

    [LibraryImport(Library, EntryPoint = "mysql_get_timeout_value_ms")]
    public static partial uint TimeoutMilliseconds(nint mysql);

    [LibraryImport(Library, EntryPoint = "mysql_close")]
    public static partial void Close(nint mysql);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollFd* fds, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "shutdown")]
    public static partial int Shutdown(int socket, int how);

    [LibraryImport("libc", EntryPoint = "eventfd")]
    public static partial int EventFd(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "write")]
    public static partial nint Write(int fd, ulong* value, nuint size);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int CloseFd(int fd);

    [StructLayout(LayoutKind.Sequential)]
    public struct PollFd
    {
        public int Fd;
        public short Events;
        public short Ready;
    }
}
