#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
# Lets Mail::DKIM verify messages: maildkim_verify.pl KEYS FILE... The file KEYS holds lines "NAME RECORD". Prints a line for
# each signature: FILE, algorithm, result.
use strict;
use warnings;
use Mail::DKIM::DNS;
use Mail::DKIM::Verifier;
use Net::DNS;

my ($keys, @files) = @ARGV;
my %record;
open(my $in, '<', $keys) or die "$keys: $!\n";
while (<$in>) {
    chomp;
    my ($name, $text) = split / /, $_, 2;
    $record{$name} = $text;
}

{
    no warnings 'redefine';
    *Mail::DKIM::DNS::query = sub {
        my ($name) = @_;
        return unless exists $record{$name};
        my $rr = Net::DNS::RR->new(name => $name, type => 'TXT', txtdata => [unpack '(a200)*', $record{$name}]);
        return ($rr);
    };
}

for my $file (@files) {
    open(my $mail, '<:raw', $file) or die "$file: $!\n";
    local $/;
    my $verifier = Mail::DKIM::Verifier->new;
    $verifier->PRINT(scalar <$mail>);
    $verifier->CLOSE;
    for my $signature ($verifier->signatures) {
        printf "%s %s %s\n", $file, $signature->algorithm, $signature->result;
    }
}
