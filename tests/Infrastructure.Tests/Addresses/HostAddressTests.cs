using GaleraGate.Infrastructure.Addresses;

namespace GaleraGate.Infrastructure.Tests.Addresses;

public sealed class HostAddressTests
{
    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1/32")]
    [InlineData("192.168.10.0/24", "192.168.10.0/24")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("fd00::/8", "fd00::/8")]
    [InlineData("FD00::1", "fd00::1/128")]
    [InlineData("0::0", "::/128")]
    [InlineData("::ffff:10.0.0.1", "::ffff:10.0.0.1/128")]
    public void Unambiguous_addresses_are_accepted(string text, string network) =>
        Assert.Equal(network, HostAddress.ParseNetwork(text)?.ToString());

    [Theory]
    [InlineData("192.168.010.0/24")]
    [InlineData("010.0.0.1")]
    [InlineData("10.1")]
    [InlineData("10.1/8")]
    [InlineData("10")]
    [InlineData("0x0a000001")]
    [InlineData("0x0a.0.0.1")]
    [InlineData("10.0.0.1 ")]
    [InlineData("10.0.0.1/8")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("[fd00::1]")]
    [InlineData("fe80::1%eth0")]
    [InlineData("::ffff:010.0.0.1")]
    [InlineData("::ffff:10.1")]
    [InlineData("fd00::/129")]
    [InlineData("")]
    public void Ambiguous_addresses_are_refused(string text) => Assert.Null(HostAddress.ParseNetwork(text));

    [Theory]
    [InlineData("db1", true)]
    [InlineData("db-1.example.com", true)]
    [InlineData("db1.", true)]
    [InlineData("10.1", false)]
    [InlineData("010.0.0.1", false)]
    [InlineData("167772161", false)]
    [InlineData("0x0a000001", false)]
    [InlineData("db1.0xa", false)]
    [InlineData("a b", false)]
    public void A_number_in_another_notation_is_not_a_host_name(string text, bool isName) =>
        Assert.Equal(isName, HostAddress.IsName(text));
}
